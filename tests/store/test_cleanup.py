from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict
from datetime import datetime, timedelta

import pytest
from sqlalchemy import insert, text, update
from sqlmodel import Session

from store import messages, session_locks, sessions
from store.cleanup import purge, purge_old, purge_trash, purge_unused
from store.database import Database
from store.errors import SessionNotFound
from store.tables import messages as messages_table
from store.tables import profiles, users
from store.tables import sessions as table
from store.values import SessionKey
from tests.store.samples import ANN, BOB, FREE, NOON, asked, chain, everything, exchange, make
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
        purge(db, place)
        assert everything(db) == before
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


def test_what_is_old_or_expired_goes_and_nothing_else(db: Session) -> None:
    fresh, new, old, expired, lasting = (
        make(db, user, session_id=name)
        for name, user in [
            ("fresh", ANN),
            ("new", BOB),
            ("old", BOB),
            ("expired", ANN),
            ("lasting", ANN),
        ]
    )
    sessions.trash(db, new, now=NOON - DAY)
    sessions.trash(db, old, now=NOON - 31 * DAY)
    for place, moment in ((expired, NOON - DAY), (lasting, NOON + DAY)):
        sessions.change(db, place, expires_at=moment)
    chain(db, old, 4)
    assert purge_old(db, now=NOON, deleted_before=NOON - 30 * DAY) == 2
    left = {row[1] for row in everything(db)["sessions"]}
    assert left == {fresh.session_id, new.session_id, lasting.session_id}
    assert everything(db)["messages"] == []


def test_deleted_messages_go_when_they_are_old(db: Session) -> None:
    place = make(db)
    for _ in range(3):
        exchange(db, place)
    messages.delete(db, place, message_id=5, now=NOON - 40 * DAY)
    messages.delete(db, place, message_id=3, now=NOON - DAY)
    purge_old(db, now=NOON, deleted_before=NOON - 30 * DAY)
    assert {row[2] for row in everything(db)["messages"]} == {1, 2, 3, 4}
    messages.restore(db, place, message_id=3)
    assert sessions.get(db, place).message_count == 4
    assert exchange(db, place)[0].id == 7


def test_a_clock_that_was_set_back_does_not_stop_the_cleaning(db: Session) -> None:
    place = make(db)
    exchange(db, place)
    exchange(db, place)
    messages.delete(db, place, message_id=3, now=NOON)
    messages.delete(db, place, message_id=1, now=NOON - 40 * DAY)
    purge_old(db, now=NOON, deleted_before=NOON - 30 * DAY)
    assert sessions.get(db, place).message_count == 0


def test_unused_sessions_go_but_none_with_an_open_answer(db: Session) -> None:
    old, young, writing, waiting, trashed, bobs = (
        make(db, BOB if name == "bobs" else ANN, session_id=name, now=NOON - DAY)
        for name in ("old", "young", "writing", "waiting", "trashed", "bobs")
    )
    for place in (old, trashed, bobs):
        exchange(db, place, now=NOON - DAY)
        profile(db, place)
        aged(db, place)
    exchange(db, young, now=NOON)
    aged(db, young, NOON)
    asked(db, writing, now=NOON - DAY)
    first, _ = exchange(db, waiting, now=NOON - DAY)
    status = {"status": "queued"}
    this = (messages_table.c.session_id == "waiting", messages_table.c.id == first.id)
    db.execute(update(messages_table).where(*this).values(**status))
    aged(db, waiting)
    sessions.trash(db, trashed, now=NOON)
    assert purge_unused(db, before=NOON, only_guests=True) == 0
    db.execute(update(users).where(users.c.id == BOB).values(role="guest"))
    assert purge_unused(db, before=NOON, only_guests=True) == 1
    assert purge_unused(db, before=NOON, only_guests=False, limit=1) == 1
    assert purge_unused(db, before=NOON, only_guests=False) == 1
    assert purge_unused(db, before=NOON, only_guests=False) == 0
    rows = everything(db)
    kept = {"young", "writing", "waiting"}
    assert {row[1] for row in rows["sessions"]} == kept
    assert {row[1] for row in rows["messages"]} == kept
    assert rows["profiles"] == []


def aged(db: Session, place: SessionKey, moment: datetime = NOON - DAY) -> None:
    mine = session_locks.owned(place)
    db.execute(update(table).where(*mine).values(last_activity_at=moment))


def test_a_session_is_kept_when_somebody_sends_at_that_moment(postgres: Database) -> None:
    """The other transaction has the row; its end decides."""
    with postgres.transaction() as db:
        place = make(db, now=NOON - DAY)
        gone = make(db, now=NOON - DAY)
    looks = threading.Event()

    def clean() -> int:
        with postgres.transaction() as db:
            looks.set()
            return purge_unused(db, before=NOON, only_guests=False)

    with ThreadPoolExecutor(1) as pool:
        with postgres.transaction() as db:
            exchange(db, place, now=NOON)
            cleaning = pool.submit(clean)
            looks.wait()
            until(lambda: waits_for_a_lock(postgres))
        assert cleaning.result() == 1
    with postgres.reading() as db:
        assert sessions.get(db, place).message_count == 2
        with pytest.raises(SessionNotFound):
            sessions.get(db, gone)


def waits_for_a_lock(postgres: Database) -> bool:
    with postgres.engine.connect() as connection:
        count = connection.scalar(text("SELECT count(*) FROM pg_locks WHERE NOT granted"))
    return bool(count)
