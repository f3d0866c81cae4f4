from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from sqlmodel import Session

from store import copies, profiles, sessions
from store.database import Database
from store.errors import Refused, SessionNotFound
from store.values import SessionKey, StoredProfile
from tests.store.samples import ANN, BOB, FREE, NOON, make


def saved(db: Session, place: SessionKey, handle: str = "a", **more: Any) -> None:
    values = {"source": "bluesky", "result": {"n": 1}, "now": NOON, **more}
    profiles.save(db, place, handle=handle, **values)


def test_a_result_is_kept_and_replaced(db: Session) -> None:
    place, other = make(db), make(db)
    saved(db, place, result={"n": 1, "text": "Ü „x“ 😀", "none": None})
    found = profiles.get(db, place, source="bluesky", handle="a")
    assert found == StoredProfile("bluesky", "a", {"n": 1, "text": "Ü „x“ 😀", "none": None}, NOON)
    saved(db, place, result={"n": 2}, now=NOON + timedelta(days=1))
    saved(db, other, result={"n": 3})
    assert [row.result for row in profiles.listed(db, place)] == [{"n": 2}]
    assert profiles.get(db, place, source="x", handle="a") is None


def found_for(db: Session, place: SessionKey, *handles: str, source: str = "") -> object:
    found = profiles.newest(db, place, handles=handles, source=source)
    return found and found.result


def test_the_newest_of_some_handles(db: Session) -> None:
    place = make(db)
    saved(db, place, "a", source="x", result={"n": 1})
    saved(db, place, "a.b", result={"n": 2}, now=NOON + timedelta(hours=1))
    saved(db, place, "c", result={"n": 3}, now=NOON + timedelta(hours=2))
    assert found_for(db, place, "a", "a.b") == {"n": 2}
    assert found_for(db, place, "a", "a.b", source="x") == {"n": 1}
    assert profiles.newest(db, place, handles=["nobody"]) is None
    assert profiles.newest(db, place, handles=[]) is None


def test_one_is_removed(db: Session) -> None:
    place = make(db)
    saved(db, place)
    saved(db, place, "b")
    assert profiles.remove(db, place, source="bluesky", handle="a")
    assert not profiles.remove(db, place, source="bluesky", handle="a")
    assert [row.handle for row in profiles.listed(db, place)] == ["b"]


@pytest.mark.parametrize(
    "names",
    [
        *({"handle": ""}, {"handle": "a" * 201}, {"handle": "a\0"}),
        *({"source": ""}, {"source": "s" * 33}, {"source": "\ud800"}),
    ],
)
def test_names_that_do_not_fit(db: Session, names: dict[str, str]) -> None:
    place = make(db)
    with pytest.raises(Refused):
        profiles.save(db, place, **{"source": "x", "handle": "a", **names}, result={})
    assert profiles.listed(db, place) == []


def test_there_are_at_most_a_hundred(db: Session) -> None:
    place = make(db)
    for number in range(profiles.PROFILES_MAX):
        saved(db, place, f"a{number}")
    with pytest.raises(Refused, match="100 analysis results"):
        saved(db, place, "one-more")
    saved(db, place, "a7", result={"n": 2})
    assert len(profiles.listed(db, place)) == 100


def test_of_a_session_that_is_not_there(db: Session) -> None:
    place = make(db)
    saved(db, place)
    sessions.trash(db, place)
    for somewhere in (place, SessionKey(BOB, place.session_id), SessionKey(ANN, "never")):
        with pytest.raises(SessionNotFound):
            saved(db, somewhere)
        with pytest.raises(SessionNotFound):
            profiles.get(db, somewhere, source="bluesky", handle="a")
        with pytest.raises(SessionNotFound):
            profiles.remove(db, somewhere, source="bluesky", handle="a")
    sessions.restore(db, place)
    assert len(profiles.listed(db, place)) == 1


def test_results_of_a_copy_are_its_own(db: Session) -> None:
    place = make(db)
    saved(db, place)
    copy = SessionKey(ANN, copies.duplicate(db, place, may=FREE).session_id)
    saved(db, copy, result={"n": 2})
    assert [row.result for row in profiles.listed(db, place)] == [{"n": 1}]
    profiles.remove(db, place, source="bluesky", handle="a")
    assert [row.result for row in profiles.listed(db, copy)] == [{"n": 2}]


def test_two_at_the_same_time_keep_one(database: Database) -> None:
    with database.transaction() as db:
        place = make(db)
    both = threading.Barrier(4)

    def save(number: int) -> None:
        both.wait(10)
        with database.transaction() as db:
            saved(db, place, result={"n": number})

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(save, range(4)))
    with database.reading() as db:
        assert len(profiles.listed(db, place)) == 1


@pytest.mark.parametrize("limit", [1, 2, 5, 100])
def test_pages_are_the_whole_list(db: Session, limit: int) -> None:
    place = make(db)
    for number in range(9):
        moment = NOON + timedelta(microseconds=number // 4)
        saved(db, place, f"a{number // 2}", source="x" if number % 2 else "bluesky", now=moment)
    whole = profiles.listed(db, place)
    found: list[StoredProfile] = []
    after = None
    while page := profiles.listed(db, place, limit=limit, after=after):
        assert len(page) <= limit
        found += page
        after = (page[-1].source, page[-1].created_at, page[-1].handle)
    assert found == whole
    assert len({(row.source, row.handle) for row in found}) == 9


def test_halves_of_surrogate_pairs_are_replaced(db: Session) -> None:
    """JSON can say them, UTF-8 cannot."""
    place = make(db)
    saved(db, place, result={"n": "😀 \ud83d \\ud83d \ude00"})
    (row,) = profiles.listed(db, place)
    assert row.result == {"n": "😀 \ufffd \\ud83d \ufffd"}
