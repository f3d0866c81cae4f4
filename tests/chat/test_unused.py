"""The use cases on unused chats: who may, and that a run removes what the dry run listed."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta

import pytest

from chat import unused
from chat.config import Settings
from chat.errors import Forbidden
from chat.modes import MODES
from chat.people.identity import Identity
from chat.runtime import Runtime, put_together
from chat.unused import UnusedChats
from store import kept, retention_rules, sessions
from store.errors import RuleNotFound, RulesUnreadable
from store.types import utc_now
from store.unused import UnusedChat
from store.values import SessionKey
from tests.store.samples import add_user, make_folder
from tests.store.test_unused import chat

ROOT = Identity("root", "root", "Root", "admin", MODES["password"])
ANN = replace(ROOT, user_id="ann", role="user")
OLD = utc_now() - timedelta(days=100)
GONE = UnusedChat(SessionKey("ann", "x"), 1, "a1")


@pytest.fixture
def parts(sqlite_url: str) -> Iterator[Runtime]:
    made = put_together(
        Settings(database_url=sqlite_url, find_local_servers=False, auth="password")
    )
    made.loop.start()
    yield made
    made.close()


def old_chats(parts: Runtime, *titles: str) -> list[SessionKey]:
    user = add_user(parts.database, "ann")
    with parts.database.transaction() as db:
        return [chat(db, user.id, title=one, since=OLD) for one in titles]


FOR_ADMINISTRATORS: dict[str, Callable[[UnusedChats, Identity], object]] = {
    "rules": lambda chats, by: chats.rules(by),
    "add": lambda chats, by: chats.add(by, days=9),
    "switch": lambda chats, by: chats.switch(by, "a1", on=True),
    "remove": lambda chats, by: chats.remove(by, "a1"),
    "remove_all": lambda chats, by: chats.remove_all(by),
    "dry_run": lambda chats, by: chats.dry_run(by),
    "details": lambda chats, by: chats.details(by, [GONE]),
    "trash": lambda chats, by: chats.trash(by, [GONE]),
}


def test_each_use_case_says_who_may() -> None:
    public = {name for name, made in vars(UnusedChats).items() if callable(made) and name[0] != "_"}
    assert public == {*FOR_ADMINISTRATORS, "told"}


@pytest.mark.parametrize("name", FOR_ADMINISTRATORS)
def test_only_administrators_may(parts: Runtime, name: str) -> None:
    with pytest.raises(Forbidden):
        FOR_ADMINISTRATORS[name](parts.unused, ANN)
    with parts.database.reading() as db:
        assert kept.get(db, name=retention_rules.NAME) is None


def test_a_run_removes_what_the_dry_run_listed(parts: Runtime) -> None:
    keys = old_chats(parts, "A", "B", "C")
    made = parts.unused.add(ROOT, days=90)
    found, count = parts.unused.dry_run(ROOT)
    assert ([one.key for one in found], count) == (sorted(keys, key=lambda one: one.session_id), 3)
    assert {one.title for one in parts.unused.details(ROOT, found).values()} == {"A", "B", "C"}
    parts.sessions.change(keys[1], pinned=True)
    with parts.database.transaction() as db:
        later = chat(db, keys[0].user_id, title="D", since=OLD)
    assert parts.unused.trash(ROOT, found) == 2
    with parts.database.reading() as db:
        left = sessions.recent(db, user_id=keys[0].user_id)
    assert {one.title for one in left} == {"B", "D"}
    assert parts.unused.dry_run(ROOT) == ([UnusedChat(later, 3, made.id)], 1)
    parts.sessions.restore(keys[0])
    assert parts.unused.dry_run(ROOT)[1] == 1, "what was restored is not listed again"


def test_what_a_rule_would_take_again_counts_as_used_when_it_is_restored(parts: Runtime) -> None:
    [key] = old_chats(parts, "A")
    parts.sessions.trash([key])
    assert parts.sessions.restore(key).last_activity_at == OLD
    parts.unused.add(ROOT, days=90)
    parts.sessions.trash([key])
    parts.sessions.restore_those_left([key])
    with parts.database.reading() as db:
        assert sessions.get(db, key).last_activity_at > OLD


def test_a_dry_run_lists_so_many_at_most_and_counts_all(
    parts: Runtime, monkeypatch: pytest.MonkeyPatch
) -> None:
    old_chats(parts, *"ABCDE")
    monkeypatch.setattr(unused, "DRY_RUN_MAX", 2)
    parts.unused.add(ROOT, days=90)
    left = []
    for _ in range(3):
        found, count = parts.unused.dry_run(ROOT)
        left.append((len(found), count))
        assert parts.unused.trash(ROOT, found) == len(found)
    assert left == [(2, 5), (2, 3), (1, 1)]


def test_people_are_told_of_rules_that_are_on(parts: Runtime) -> None:
    made = parts.unused.add(ROOT, days=90)
    parts.unused.add(ROOT, days=30)
    assert parts.unused.told(ANN) == ()
    on = parts.unused.switch(ROOT, made.id, on=True)
    assert parts.unused.told(ANN) == (on,)
    assert parts.unused.told(replace(ANN, role="guest")) == ()
    assert parts.unused.told(replace(ANN, mode=MODES["off"])) == ()
    in_folder = parts.unused.add(ROOT, days=9, folder="DRAFTS")
    in_folder = parts.unused.switch(ROOT, in_folder.id, on=True)
    assert parts.unused.told(ANN) == (on,), "others' folders are not told of"
    ann = replace(ANN, user_id=add_user(parts.database, "ann").id)
    with parts.database.transaction() as db:
        make_folder(db, "f", ann.user_id, name="Drafts")
    assert parts.unused.told(ann) == (on, in_folder)
    assert parts.unused.remove(ROOT, made.id) == on
    with pytest.raises(RuleNotFound):
        parts.unused.switch(ROOT, made.id, on=True)


def test_damaged_rules_are_said_to_be_so(parts: Runtime) -> None:
    with parts.database.transaction() as db:
        kept.put(db, name=retention_rules.NAME, value="{")
    for name in ("rules", "add", "dry_run"):
        with pytest.raises(RulesUnreadable):
            FOR_ADMINISTRATORS[name](parts.unused, ROOT)
    assert parts.unused.told(ANN) == ()
    parts.unused.remove_all(ROOT)
    assert parts.unused.rules(ROOT) == ()
