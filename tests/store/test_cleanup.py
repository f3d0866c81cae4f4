from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import insert, update
from sqlmodel import Session

from store import messages, sessions
from store.cleanup import purge, purge_old, purge_trash
from store.errors import SessionNotFound
from store.models import profiles
from store.models import sessions as table
from tests.store.samples import ANN, BOB, NOON, chain, everything, exchange, make

DAY = timedelta(days=1)


def profile(db: Session, place: dict[str, str]) -> None:
    row = {**place, "source": "x", "handle": "@a", "result": {"posts": 3}, "created_at": NOON}
    db.execute(insert(profiles).values(**row))


def test_a_purged_session_leaves_nothing_and_touches_no_other(db: Session) -> None:
    kept = make(db)
    exchange(db, kept)
    profile(db, kept)
    before = everything(db)
    for trashed in (False, True):
        place = make(db)
        exchange(db, place)
        exchange(db, place)
        messages.delete(db, **place, message_id=3)
        profile(db, place)
        if trashed:
            sessions.trash(db, **place)
        purge(db, **place)
        assert everything(db) == before
        with pytest.raises(SessionNotFound):
            purge(db, **place)
    assert sessions.create(db, **place)[1]


def test_the_trash_is_emptied_for_one_user(db: Session) -> None:
    kept, bobs = make(db), make(db, user_id=BOB)
    gone = [make(db) for _ in range(3)]
    for place in (*gone, bobs):
        exchange(db, place)
        sessions.trash(db, **place)
    assert purge_trash(db, user_id=ANN) == 3
    assert purge_trash(db, user_id=ANN) == 0
    assert sessions.get(db, **kept)
    assert sessions.get(db, **bobs, trashed=True)


def test_more_sessions_than_one_statement_takes_are_purged(db: Session) -> None:
    for _ in range(501):
        make(db)
    assert len(sessions.trash_all(db, user_id=ANN)) == 501
    assert purge_trash(db, user_id=ANN) == 501
    assert everything(db)["sessions"] == []


def test_what_is_old_or_expired_goes_and_nothing_else(db: Session) -> None:
    fresh, new, old, expired, lasting = (
        make(db, session_id=name, user_id=user)
        for name, user in [
            ("fresh", ANN),
            ("new", BOB),
            ("old", BOB),
            ("expired", ANN),
            ("lasting", ANN),
        ]
    )
    sessions.trash(db, **new, now=NOON - DAY)
    sessions.trash(db, **old, now=NOON - 31 * DAY)
    for place, moment in ((expired, NOON - DAY), (lasting, NOON + DAY)):
        mine = sessions.owned(place["user_id"], place["session_id"])
        db.execute(update(table).where(*mine).values(expires_at=moment))
    chain(db, old, 4)
    assert purge_old(db, now=NOON, deleted_before=NOON - 30 * DAY) == 2
    left = {row[1] for row in everything(db)["sessions"]}
    assert left == {fresh["session_id"], new["session_id"], lasting["session_id"]}
    assert everything(db)["messages"] == []


def test_deleted_messages_go_when_they_are_old(db: Session) -> None:
    place = make(db)
    for _ in range(3):
        exchange(db, place)
    messages.delete(db, **place, message_id=5, now=NOON - 40 * DAY)
    messages.delete(db, **place, message_id=3, now=NOON - DAY)
    purge_old(db, now=NOON, deleted_before=NOON - 30 * DAY)
    assert {row[2] for row in everything(db)["messages"]} == {1, 2, 3, 4}
    messages.restore(db, **place, message_id=3)
    assert sessions.get(db, **place).message_count == 4
    assert exchange(db, place)[0].id == 7


def test_a_clock_that_was_set_back_does_not_stop_the_cleaning(db: Session) -> None:
    place = make(db)
    exchange(db, place)
    exchange(db, place)
    messages.delete(db, **place, message_id=3, now=NOON)
    messages.delete(db, **place, message_id=1, now=NOON - 40 * DAY)
    purge_old(db, now=NOON, deleted_before=NOON - 30 * DAY)
    assert sessions.get(db, **place).message_count == 0
