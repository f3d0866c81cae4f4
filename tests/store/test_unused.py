"""Which chats the rules of retention let go, and that what went is what was listed."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import text, update
from sqlmodel import Session

from store import folders, retention_rules, sessions, shares, unused, waiting
from store.asking import Ask
from store.database import Database
from store.endings import Ending
from store.errors import SessionNotFound
from store.retention_rules import RetentionRule
from store.share_values import NewShare
from store.tables import sessions as table
from store.tables import shares as links
from store.tables import users
from store.unused import UnusedChat
from store.users import LOCAL_USER, ensure_local
from store.values import SessionKey
from tests.store.samples import ANN, BOB, NOON, asked, exchange, make, make_folder, statements
from tests.waiting import until

DAY = timedelta(days=1)
OLD = NOON - 100 * DAY


def chat(db: Session, user_id: str = ANN, *, since: datetime = OLD, **fields: Any) -> SessionKey:
    """One with an answer, last used then."""
    key = make(db, user_id, **fields)
    exchange(db, key)
    used(db, key, since)
    return key


def used(db: Session, key: SessionKey, moment: datetime) -> None:
    one = (table.c.user_id == key.user_id, table.c.session_id == key.session_id)
    db.execute(update(table).where(*one).values(last_activity_at=moment))


def rule(db: Session, days: int = 90, folder: str = "", *, on: bool = True) -> RetentionRule:
    made = retention_rules.add(db, days=days, folder=folder)
    return retention_rules.switch(db, rule_id=made.id, on=on)


def listed(db: Session, now: datetime = NOON) -> list[UnusedChat]:
    return unused.found(db, retention_rules.in_force(db, off=True), now=now)


def keys(found: list[UnusedChat]) -> list[SessionKey]:
    return [one.key for one in found]


def share(db: Session, key: SessionKey, **said: Any) -> str:
    new = NewShare(mode="live", **{"expires_at": NOON + DAY, **said})
    return shares.create(db, key, new=new, token_hash=key.session_id, now=OLD).share_id


def pause(db: Session, key: SessionKey) -> None:
    answer = asked(db, key).answer
    so_far = Ending("streaming", "")
    asks = [Ask("c", "fetch", {}, "May it?")]
    waiting.pause(db, key, message_id=answer.id, so_far=so_far, asks=asks, paused={})


def test_what_nobody_wrote_in_for_so_long_goes_the_oldest_first(db: Session) -> None:
    assert listed(db) == [], "without a rule nothing goes"
    at_90 = chat(db, since=NOON - 90 * DAY)
    older = chat(db, BOB, since=NOON - 91 * DAY)
    oldest, archived = chat(db, since=NOON - 200 * DAY), chat(db)
    sessions.change(db, archived, archived=True)
    used(db, archived, OLD)
    chat(db, since=NOON)
    made = rule(db)
    assert keys(listed(db)) == [oldest, archived, older]
    assert {one.rule_id for one in listed(db)} == {made.id}
    assert at_90 in keys(listed(db, NOON + timedelta(seconds=1)))


STAY: dict[str, Callable[[Session, SessionKey], object]] = {
    "pinned": lambda db, key: sessions.change(db, key, pinned=True),
    "shared": share,
    "being answered": asked,
    "asks somebody": pause,
    "in the trash": sessions.trash,
    "of a guest": lambda db, key: db.execute(
        update(users).where(users.c.id == key.user_id).values(role="guest")
    ),
    "of somebody disabled": lambda db, key: db.execute(
        update(users).where(users.c.id == key.user_id).values(disabled_at=NOON)
    ),
    "used": lambda db, key: exchange(db, key),
}


@pytest.mark.parametrize("name", STAY)
def test_what_stays(db: Session, name: str) -> None:
    goes, key = chat(db, BOB), chat(db)
    rule(db, 1)
    before = listed(db)
    assert keys(before) == sorted((goes, key), key=lambda one: one.user_id)
    STAY[name](db, key)
    if name not in ("used", "in the trash"):
        used(db, key, OLD)
    assert keys(listed(db)) == [goes]
    assert unused.trash(db, before, now=NOON) == [goes], "also where it was listed before"


def test_those_of_the_time_before_there_were_logins_stay(db: Session) -> None:
    ensure_local(db, now=OLD)
    chat(db, LOCAL_USER)
    rule(db)
    assert listed(db) == []


def test_temporary_ones_stay(db: Session) -> None:
    chat(db, temporary=True)
    rule(db)
    assert listed(db) == []


def test_a_link_that_ended_keeps_nothing(db: Session) -> None:
    expired, revoked = chat(db), chat(db, BOB)
    share(db, expired)
    db.execute(update(links).values(expires_at=NOON))
    shares.revoke(db, revoked, share_id=share(db, revoked))
    rule(db)
    assert keys(listed(db)) == [expired, revoked]


def test_folders_are_known_by_name_whosever_they_are(db: Session) -> None:
    make_folder(db, "a", name="Straße")
    make_folder(db, "b", BOB, name="STRASSE")
    make_folder(db, "inner", name="Inner", parent_id="a")
    make_folder(db, "c", name="Straßen")
    mine, theirs = chat(db, folder="a"), chat(db, BOB, folder="b")
    for other in ("inner", "c", None):
        chat(db, folder=other)
    gone = chat(db)
    db.execute(update(table).where(table.c.session_id == gone.session_id).values(folder="nowhere"))
    made = rule(db, folder=" strasse ")
    assert keys(listed(db)) == [mine, theirs]
    rest = rule(db, 50)
    assert [one.rule_id for one in listed(db)].count(rest.id) == 4
    assert [one.rule_id for one in listed(db)].count(made.id) == 2


def test_each_rule_has_its_own_days(db: Session) -> None:
    make_folder(db, "f", name="Drafts")
    young, old = chat(db, folder="f", since=NOON - 8 * DAY), chat(db)
    chat(db, since=NOON - 8 * DAY)
    drafts, all_ = rule(db, 7, "Drafts"), rule(db, 90)
    assert [(one.key, one.rule_id) for one in listed(db)] == [(old, all_.id), (young, drafts.id)]


def test_what_is_listed_is_what_goes(db: Session) -> None:
    for number in range(30):
        chat(db, BOB if number % 2 else ANN, since=NOON - number * 10 * DAY)
    rule(db, on=False)
    found = listed(db)
    assert len(found) == 20
    assert unused.trash(db, found, now=NOON) == [], "it is off"
    assert sorted(map(repr, unused.trash(db, found, off=True, now=NOON))) == sorted(
        map(repr, keys(found))
    )
    assert listed(db) == []
    left = [sessions.totals(db, user_id=one) for one in (ANN, BOB)]
    assert [sum(one.sessions for one in left), sum(one.trashed for one in left)] == [10, 20]
    assert sessions.get(db, found[0].key, trashed=True).deleted_at == NOON
    assert unused.trash(db, found, off=True, now=NOON) == []


def test_what_changed_meanwhile_stays(db: Session) -> None:
    make_folder(db, "f", name="Drafts")
    make_folder(db, "g", name="Work")
    chats = [chat(db, folder="f") for _ in range(4)]
    moved, renamed, _, outside = chats
    rule(db, folder="Drafts")
    found = listed(db)
    assert len(found) == 4
    sessions.change(db, moved, folder="g")
    sessions.change(db, renamed, title="Still needed")
    assert set(unused.trash(db, found, now=NOON)) == set(chats[2:])
    sessions.restore(db, outside)
    again = listed(db)
    assert outside in keys(again)
    folders.change(db, user_id=ANN, folder_id="f", name="Keep")
    assert unused.trash(db, again, now=NOON) == []


def test_a_rule_that_is_gone_lets_nothing_go_any_more(db: Session) -> None:
    key = chat(db)
    made = rule(db)
    found = listed(db)
    retention_rules.remove(db, rule_id=made.id)
    rule(db, 80)
    assert unused.trash(db, found, off=True, now=NOON) == [], "another one was not listed"
    assert keys(listed(db)) == [key]


def test_a_clock_that_was_set_back_keeps_what_was_listed(db: Session) -> None:
    chat(db)
    rule(db)
    found = listed(db)
    assert unused.trash(db, found, now=NOON - 11 * DAY) == []


def test_what_its_owner_restores_begins_anew(db: Session) -> None:
    key, young = chat(db), chat(db, since=NOON - DAY)
    rule(db, on=False)
    assert unused.trash(db, listed(db), off=True, now=NOON) == [key]
    sessions.trash(db, young)
    for one in (key, young):
        unused.restore(db, one, now=NOON)
    assert listed(db) == []
    assert sessions.get(db, key).last_activity_at == NOON
    assert sessions.get(db, young).last_activity_at == NOON - DAY, "it was not due"
    with pytest.raises(SessionNotFound):
        unused.restore(db, key, now=NOON)


def test_details_say_what_it_is_now(db: Session) -> None:
    make_folder(db, "f", name="Drafts")
    key, gone, other = chat(db, title="Plan", folder="f"), chat(db, title="Gone"), chat(db, BOB)
    rule(db)
    found = listed(db)
    known = unused.details(db, found)
    assert (known[key].title, known[key].person, known[key].folder) == ("Plan", ANN, "Drafts")
    assert (known[other].username, known[other].folder) == (BOB, "")
    assert known[key].last_activity_at == OLD
    seen = {one.key: one.version for one in found}
    assert all(known[one].version == seen[one] for one in seen)
    sessions.trash(db, gone)
    sessions.change(db, other, title="New")
    known = unused.details(db, found)
    assert known[gone].version is None
    assert known[other].version != seen[other]


def test_somebody_who_sends_at_that_moment_keeps_the_chat(postgres: Database) -> None:
    """The other transaction has the row; its end decides."""
    with postgres.transaction() as db:
        key, goes = chat(db), chat(db)
        rule(db)
    with postgres.reading() as db:
        found = listed(db)

    def run() -> list[SessionKey]:
        with postgres.transaction() as db:
            return unused.trash(db, found, now=NOON)

    with ThreadPoolExecutor(1) as pool:
        with postgres.transaction() as db:
            share(db, key)
            running = pool.submit(run)
            until(lambda: waits_for_a_lock(postgres))
        assert running.result() == [goes]


def waits_for_a_lock(postgres: Database) -> bool:
    with postgres.engine.connect() as connection:
        return bool(connection.scalar(text("SELECT count(*) FROM pg_locks WHERE NOT granted")))


def test_a_hundred_take_as_many_queries_as_one(database: Database) -> None:
    counts = []
    for many in (1, 100):
        with database.transaction() as db:
            for _ in range(many):
                chat(db)
            retention_rules.remove_all(db)
            rule(db)
            with statements(database.engine) as seen:
                found = listed(db)
                unused.trash(db, found, now=NOON)
            assert len(found) == many
        counts.append(len(seen))
    assert counts[0] == counts[1]
