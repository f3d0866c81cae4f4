from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict
from datetime import timedelta

import pytest
from sqlalchemy import insert, text
from sqlmodel import Session

from store import messages, sessions
from store.cleanup import due, purge, purge_trash, remove_due
from store.database import Database
from store.errors import SessionNotFound
from store.tables import profiles
from store.values import SessionKey
from tests.store.samples import ANN, BOB, FREE, NOON, everything, exchange, make
from tests.waiting import until

DAY = timedelta(days=1)


def profile(db: Session, place: SessionKey) -> None:
    row = {
        **asdict(place),
        "source": "x",
        "handle": "@a",
        "result": {"posts": 3},
        "created_at": NOON,
    }
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
        messages.delete(db, place, message_id=3)
        profile(db, place)
        if trashed:
            sessions.trash(db, place)
        used = everything(db)["usage"]
        purge(db, place)
        assert everything(db) == {**before, "usage": used}, "what was used was used"
        with pytest.raises(SessionNotFound):
            purge(db, place)
    assert sessions.create(db, place, may=FREE)[1]


def test_the_trash_is_emptied_for_one_user(db: Session) -> None:
    kept, bobs = make(db), make(db, user_id=BOB)
    gone = [make(db) for _ in range(3)]
    for place in (*gone, bobs):
        exchange(db, place)
        sessions.trash(db, place)
    assert purge_trash(db, user_id=ANN) == 3
    assert purge_trash(db, user_id=ANN) == 0
    assert sessions.get(db, kept)
    assert sessions.get(db, bobs, trashed=True)


@pytest.mark.slow
def test_more_sessions_than_one_statement_takes_are_purged(db: Session) -> None:
    for _ in range(501):
        make(db)
    assert len(sessions.trash_all(db, user_id=ANN)) == 501
    assert purge_trash(db, user_id=ANN) == 501
    assert everything(db)["sessions"] == []


def test_a_session_is_kept_when_somebody_sends_at_that_moment(postgres: Database) -> None:
    """The other transaction has the row; its end decides."""
    with postgres.transaction() as db:
        place = make(db, now=NOON - DAY)
        gone = make(db, now=NOON - DAY)
    looks = threading.Event()
    with postgres.reading() as db:
        times = {"deleted_before": NOON - DAY, "unused_before": NOON}
        found = due(db, **times, only_guests=False)

    def clean() -> tuple[int, int]:
        with postgres.transaction() as db:
            looks.set()
            return remove_due(db, found, now=NOON)

    with ThreadPoolExecutor(1) as pool:
        with postgres.transaction() as db:
            exchange(db, place, now=NOON)
            cleaning = pool.submit(clean)
            looks.wait()
            until(lambda: waits_for_a_lock(postgres))
        assert cleaning.result() == (1, 0)
    with postgres.reading() as db:
        assert sessions.get(db, place).message_count == 2
        with pytest.raises(SessionNotFound):
            sessions.get(db, gone)


def waits_for_a_lock(postgres: Database) -> bool:
    with postgres.engine.connect() as connection:
        count = connection.scalar(text("SELECT count(*) FROM pg_locks WHERE NOT granted"))
    return bool(count)
