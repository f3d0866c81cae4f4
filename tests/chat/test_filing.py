"""Folders and tags as people use them: many chats at once, all or none, and taken back."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from chat.config import Settings
from chat.filing import Filing
from chat.limits.spending import Limits
from chat.news import News
from store import cleanup, session_locks, sessions
from store.database import Database
from store.errors import NotFound, Refused
from store.folders import NewFolder
from store.session_values import ChatSession
from store.values import SessionKey
from tests.store.samples import ANN, make, opened

KEYS = [SessionKey(ANN, name) for name in "abc"]
NOWHERE = SessionKey(ANN, "missing")


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    """With a chat of each key."""
    with opened(database_url) as made:
        with made.transaction() as db:
            for key in KEYS:
                make(db, session_id=key.session_id, tags=["all", key.session_id])
        yield made


@pytest.fixture
def filing(database: Database) -> Filing:
    made = Filing(database, Limits(Settings(), database), News())
    for name in ("work", "home"):
        assert made.create_folder(ANN, NewFolder(name), name)[1]
    return made


def found(database: Database) -> list[ChatSession]:
    with database.reading() as db:
        return [sessions.get(db, key) for key in KEYS]


def test_moving_many_and_back(database: Database, filing: Filing) -> None:
    filing.move(KEYS[:1], "home")
    before = filing.move(KEYS, "work")
    assert [one.folder for one in found(database)] == ["work"] * 3
    with database.transaction() as db:
        cleanup.purge(db, KEYS[2])
        sessions.change(db, KEYS[0], tags=["kept"])
    filing.put_back({**before})
    with database.reading() as db:
        first, second = (sessions.get(db, key) for key in KEYS[:2])
    assert (first.folder, second.folder, first.tags) == ("home", None, ("kept",))


def test_moving_back_into_a_folder_that_went(database: Database, filing: Filing) -> None:
    filing.move(KEYS, "home")
    before = filing.move(KEYS, "work")
    filing.remove_folder(ANN, "home")
    filing.put_back(before)
    assert [one.folder for one in found(database)] == [None] * 3


def test_all_are_moved_or_none(database: Database, filing: Filing) -> None:
    before = found(database)
    with pytest.raises(Refused):
        filing.move(KEYS, "missing")
    with pytest.raises(NotFound):
        filing.move([*KEYS, NOWHERE], "work")
    with pytest.raises(NotFound):
        filing.tag([*KEYS, NOWHERE], add=["new"], drop=[])
    assert found(database) == before


def test_tagging_many_and_back(database: Database, filing: Filing) -> None:
    before = filing.tag(KEYS, add=["#New", "a"], drop=["ALL"])
    tags = [one.tags for one in found(database)]
    assert tags == [("a", "new"), ("a", "b", "new"), ("a", "c", "new")]
    filing.put_back(before)
    assert [one.tags for one in found(database)] == [("a", "all"), ("all", "b"), ("all", "c")]
    with pytest.raises(Refused, match="at most 20"):
        filing.tag(KEYS, add=[str(number) for number in range(19)], drop=[])
    assert found(database)[0].tags == ("a", "all")


def test_any_number_is_undone(database: Database, filing: Filing) -> None:
    """More than one statement may name."""
    gone = {SessionKey(ANN, f"gone-{number}"): {} for number in range(40_000)}
    before = filing.move(KEYS, "work")
    with database.transaction() as db:
        locked = session_locks.lock_each(db, [*gone, *before])
    assert len(locked) == 40_003


def test_others_hear_of_it(database: Database, filing: Filing) -> None:
    for act in (
        lambda: filing.move(KEYS, "work"),
        lambda: filing.tag(KEYS, add=["x"], drop=[]),
        lambda: filing.change_folder(ANN, "work", colour="red"),
        lambda: filing.remove_folder(ANN, "work"),
    ):
        number = filing.news.number
        act()
        assert filing.news.number > number
