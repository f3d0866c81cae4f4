"""Pages of sessions on each database: all of them once, whatever their order is decided by."""

from __future__ import annotations

from dataclasses import asdict
from datetime import timedelta

import pytest
from sqlmodel import Session

from store import answers, messages, profiles, session_locks, sessions
from store.errors import SessionNotFound
from store.tables import profiles as profiles_table
from store.values import SessionKey
from tests.store.samples import ANN, BOB, FREE, NOON, OWNER, asked, end, exchange, make, make_folder


def through(db: Session, limit: int, **filters: object) -> list[str]:
    found: list[str] = []
    after = None
    while rows := sessions.recent(db, user_id=ANN, limit=limit, after=after, **filters):
        assert len(rows) <= limit
        found += [row.session_id for row in rows]
        last = rows[-1]
        after = (last.pinned, last.last_activity_at, last.session_id)
    return found


@pytest.mark.parametrize("limit", [1, 4, 100])
def test_pages_are_the_whole_list(db: Session, limit: int) -> None:
    for number in range(12):
        same_time = NOON + timedelta(microseconds=number // 3)
        place = make(db, session_id=f"s{number}", now=same_time)
        if number % 4 == 0:
            sessions.change(db, place, pinned=True)
    make(db, user_id=BOB)
    whole = [row.session_id for row in sessions.recent(db, user_id=ANN, limit=100)]
    assert len(whole) == 12
    assert through(db, limit) == whole


def test_pages_of_some(db: Session) -> None:
    make_folder(db, "work")
    for number in range(6):
        place = make(db, session_id=f"s{number}", persona="a" if number % 2 else "b")
        if number > 3:
            sessions.change(db, place, folder="work")
    assert through(db, 2, persona="a") == ["s5", "s3", "s1"]
    assert through(db, 2, folder="work") == ["s5", "s4"]
    assert through(db, 2, folder="") == ["s3", "s2", "s1", "s0"]
    assert through(db, 2, archived=True) == []


def test_a_version_for_writes_that_need_one(db: Session) -> None:
    place = make(db)
    first = session_locks.locked_version(db, place)
    sessions.change(db, place, pinned=True)
    assert session_locks.locked_version(db, place) > first
    sessions.trash(db, place)
    assert session_locks.locked_version(db, place, trashed=None)
    with pytest.raises(SessionNotFound):
        session_locks.locked_version(db, place)
    with pytest.raises(SessionNotFound):
        session_locks.locked_version(db, SessionKey(BOB, place.session_id), trashed=None)


def test_a_key_makes_one_version_however_often_it_comes(db: Session) -> None:
    place, other = make(db), make(db)
    _, answer = exchange(db, place)
    exchange(db, other)

    def again(key: SessionKey) -> tuple[int, bool]:
        made, is_new = answers.answer_again(
            db, key, message_id=answer.id, owner=OWNER, may=FREE, idempotency_key="k"
        )
        return made.id, is_new

    assert again(place) == (3, True)
    assert again(place) == (3, False)
    assert again(other) == (3, True)
    with pytest.raises(SessionNotFound):
        again(SessionKey(BOB, place.session_id))


def test_the_open_answer_is_the_one_being_written(db: Session) -> None:
    place = make(db)
    assert messages.open_answer(db, place) is None
    first, second = asked(db, place).answer, asked(db, place).answer
    assert messages.open_answer(db, place) == messages.get(db, place, message_id=first.id)
    end(db, place, first.id)
    found = messages.open_answer(db, place)
    assert found
    assert (found.id, found.status) == (second.id, "queued")
    with pytest.raises(SessionNotFound):
        messages.open_answer(db, SessionKey(BOB, place.session_id))


def test_profiles_are_their_sessions(db: Session) -> None:
    place = make(db)
    for number, handle in enumerate(("old", "new")):
        row = {"source": "x", "handle": handle, "result": {"n": number}}
        moment = NOON + timedelta(days=number)
        db.execute(profiles_table.insert().values(**asdict(place), **row, created_at=moment))
    found = profiles.listed(db, place)
    assert [(one.handle, one.result) for one in found] == [("new", {"n": 1}), ("old", {"n": 0})]
    with pytest.raises(SessionNotFound):
        profiles.listed(db, SessionKey(BOB, place.session_id))
