"""What goes by itself, and what a clock that is wrong must not take along."""

from __future__ import annotations

import logging
from datetime import datetime, timedelta

import pytest
from sqlalchemy import update

from chat.config import Settings
from chat.news import News
from chat.turns.retention import ENDS_SECONDS, LONG_WAIT_SECONDS, WAIT_SECONDS, Retention
from store import answers, codes, messages, sessions, users
from store.database import Database
from store.tables import sessions as table
from store.tables import users as people
from store.values import SessionKey
from tests.chat.clock import NOON, Clock
from tests.store.samples import FREE, OWNER, everything, exchange, make

ANN, HOUR, YEAR = "ann", timedelta(hours=1), timedelta(days=365)


class Times:
    """A clock that can be set, and one that cannot."""

    def __init__(self) -> None:
        self.wall, self.seconds = Clock(), 0.0

    def pass_(self, seconds: float) -> None:
        self.wall.later(seconds=seconds)
        self.seconds += seconds


@pytest.fixture
def times() -> Times:
    return Times()


def retention(database: Database, times: Times, **changes: object) -> Retention:
    settings = Settings(database_url=f"sqlite:///{database.path}", **changes)  # type: ignore[arg-type]
    return Retention(database, settings, News(), times.wall, lambda: times.seconds)


def unused(database: Database, count: int, *, since: datetime = NOON, user_id: str = ANN) -> None:
    with database.transaction() as db:
        for _ in range(count):
            exchange(db, make(db, user_id, now=since), now=since)
        theirs = update(table).where(table.c.user_id == user_id)
        db.execute(theirs.values(last_activity_at=since))


def here(database: Database, user_id: str = ANN) -> tuple[int, int]:
    """How many chats somebody has, and how many in the trash."""
    with database.reading() as db:
        totals = sessions.totals(db, user_id=user_id)
    return totals.sessions, totals.trashed


def test_an_unused_chat_goes_into_the_trash_and_then_for_good(
    database: Database, times: Times
) -> None:
    unused(database, 3)
    kept = retention(database, times, session_ttl=60)
    times.pass_(61)
    for expected, seconds in [((3, 0), 3600), ((0, 3), 60), ((0, 3), 3600), ((0, 0), 0)]:
        kept.look()
        assert here(database) == expected
        times.pass_(seconds)
    with database.reading() as db:
        assert everything(db)["messages"] == []


def test_a_clock_that_is_ahead_for_a_minute_deletes_nothing(
    database: Database, times: Times
) -> None:
    """Neither chats nor the trash, single messages, codes, ended logins, or guests."""
    unused(database, 15)
    with database.transaction() as db:
        users.create(db, username="guest", role="guest", now=NOON)
        in_trash = make(db)
        exchange(db, in_trash)
        sessions.trash(db, in_trash, now=NOON)
        place = make(db, now=NOON)
        _, answer = exchange(db, place, now=NOON)
        messages.delete(db, place, message_id=answer.id, now=NOON)
        tomorrow = NOON + timedelta(days=1)
        codes.create(db, kind=codes.INVITE, code_hash="c", expires_at=tomorrow, now=NOON)
        users.end_login(db, login_id="x", expires_at=tomorrow)
        db.execute(update(table).values(last_activity_at=NOON))
        before = everything(db)
    kept = retention(database, times, session_ttl=86_400)
    for at in range(200):
        ahead = YEAR if at == 100 else timedelta()
        times.wall.now += ahead
        kept.look()
        times.wall.now -= ahead
        times.pass_(60)
    with database.reading() as db:
        assert everything(db) == before
        assert users.is_ended(db, login_id="x")
        assert codes.look(db, kind=codes.INVITE, code_hash="c", now=NOON)


def test_a_fifth_of_all_at_once_waits_for_a_day_and_the_log_says_so(
    database: Database, times: Times, caplog: pytest.LogCaptureFixture
) -> None:
    unused(database, 30)
    unused(database, 10, since=NOON + YEAR, user_id="bob")
    kept = retention(database, times, session_ttl=86_400)
    times.wall.now += timedelta(days=300)
    with caplog.at_level(logging.WARNING, "parley.upkeep"):
        for _ in range(23):
            kept.look()
            times.pass_(WAIT_SECONDS)
    assert here(database) == (30, 0)
    assert caplog.messages == [
        "30 of 40 chats came due at once, and stay for a day: is the clock right?"
    ]
    for _ in range(3):
        kept.look()
        times.pass_(WAIT_SECONDS)
    assert times.seconds >= LONG_WAIT_SECONDS
    assert here(database) == (0, 30)


def test_the_trash_is_emptied_an_hour_after_its_days(database: Database, times: Times) -> None:
    with database.transaction() as db:
        for name, days in (("old", 31), ("young", 29)):
            place = make(db, session_id=name)
            sessions.trash(db, place, now=NOON - timedelta(days=days))
    kept = retention(database, times)
    kept.look()
    assert here(database) == (0, 2)
    times.pass_(WAIT_SECONDS)
    kept.look()
    assert here(database) == (0, 1)


def test_a_deleted_message_goes_with_what_hangs_on_it(database: Database, times: Times) -> None:
    with database.transaction() as db:
        place = make(db)
        exchange(db, place)
        exchange(db, place)
        exchange(db, place)
        messages.delete(db, place, message_id=5, now=NOON)
        messages.delete(db, place, message_id=3, now=NOON - timedelta(days=31))
    kept = retention(database, times)
    for _ in range(2):
        kept.look()
        times.pass_(WAIT_SECONDS)
    with database.reading() as db:
        assert {row[2] for row in everything(db)["messages"]} == {1, 2}


def test_a_chat_that_is_used_again_begins_its_time_anew(database: Database, times: Times) -> None:
    unused(database, 1)
    kept = retention(database, times, session_ttl=60)
    times.pass_(61)
    kept.look()
    times.pass_(WAIT_SECONDS)
    with database.transaction() as db:
        (one,) = sessions.recent(db, user_id=ANN)
        exchange(db, SessionKey(ANN, one.session_id), now=times.wall.now)
    kept.look()
    times.pass_(61)
    kept.look()
    assert here(database) == (1, 0)


def test_an_answer_that_is_being_written_keeps_its_chat(database: Database, times: Times) -> None:
    unused(database, 2)
    with database.transaction() as db:
        place = SessionKey(ANN, sessions.recent(db, user_id=ANN)[0].session_id)
        answers.ask(db, place, content="x", owner=OWNER, may=FREE, now=NOON)
    kept = retention(database, times, session_ttl=60)
    times.pass_(61)
    for _ in range(4):
        kept.look()
        times.pass_(WAIT_SECONDS)
    assert here(database) == (1, 0)


def test_with_guests_only_their_chats_go(database: Database, times: Times) -> None:
    unused(database, 1)
    unused(database, 1, user_id="bob")
    with database.transaction() as db:
        db.execute(update(people).where(people.c.id == "bob").values(role="guest"))
    kept = retention(database, times, auth="guest")
    times.pass_(3601)
    for _ in range(2):
        kept.look()
        times.pass_(WAIT_SECONDS)
    assert (here(database), here(database, "bob")) == ((1, 0), (0, 1))


def test_guests_who_left_and_old_codes_go(database: Database, times: Times) -> None:
    with database.transaction() as db:
        for name, hours in (("gone", 26), ("here", 20)):
            users.create(db, username=name, role="guest", now=NOON - hours * HOUR)
        for name, hours in (("old", -1), ("new", 100)):
            codes.create(db, kind=codes.INVITE, code_hash=name, expires_at=NOON + hours * HOUR)
    kept = retention(database, times)
    for _ in range(2):
        kept.look()
        times.pass_(WAIT_SECONDS)
    with database.reading() as db:
        assert users.by_username(db, username="gone") is None
        assert users.by_username(db, username="here")
        for name in ("old", "new"):
            found = codes.look(db, kind=codes.INVITE, code_hash=name, now=NOON - 9 * HOUR)
            assert bool(found) == (name == "new")


def test_a_log_out_of_a_clock_that_was_ahead_does_not_last(
    database: Database, times: Times
) -> None:
    with database.transaction() as db:
        users.log_out_everywhere(db, user_id=ANN, now=NOON + YEAR)
        users.log_out_everywhere(db, user_id="bob", now=NOON - HOUR)
    kept = retention(database, times)
    for _ in range(2):
        kept.look()
        times.pass_(WAIT_SECONDS)
    with database.reading() as db:
        assert users.get(db, user_id=ANN).tokens_valid_after == NOON + HOUR
        assert users.get(db, user_id="bob").tokens_valid_after == NOON - HOUR


def test_a_chat_with_an_end_goes_to_the_trash_and_stays_there(
    database: Database, times: Times
) -> None:
    with database.transaction() as db:
        for pinned in (False, True):
            sessions.change(db, make(db), expires_at=NOON + HOUR, pinned=pinned)
    kept = retention(database, times, trash_days=2)
    number = kept.news.number
    one_look, trashed = (2, 0), (1, 1)
    for seconds, expected in ((3601, one_look), (1, one_look), (ENDS_SECONDS, trashed)):
        times.pass_(seconds)
        kept.look_at_ends()
        assert here(database) == expected
    for hours, expected in ((47, (1, 1)), (3, (1, 1)), (1, (1, 0))):
        times.pass_(hours * 3600)
        kept.look()
        assert here(database) == expected, hours
    assert kept.news.number == number + 2


def test_a_temporary_chat_goes_an_hour_after_its_last_use_whatever_the_clock_says(
    database: Database, times: Times
) -> None:
    with database.transaction() as db:
        make(db, session_id="gone", temporary=True)
        used = make(db, session_id="used", temporary=True)
    kept = retention(database, times)
    kept.look_at_temporary()
    times.wall.now += YEAR
    times.seconds += WAIT_SECONDS - 1
    kept.look_at_temporary()
    with database.transaction() as db:
        exchange(db, used)
    times.seconds += 1
    kept.look_at_temporary()
    with database.reading() as db:
        assert [row[1] for row in everything(db)["sessions"]] == ["used"]
    times.seconds += WAIT_SECONDS
    kept.look_at_temporary()
    with database.reading() as db:
        assert everything(db)["sessions"] == everything(db)["messages"] == []


def test_unused_chats_become_inactive_but_not_by_a_clock_that_is_ahead(
    database: Database, times: Times
) -> None:
    unused(database, 3)

    def active() -> int:
        with database.reading() as db:
            return len(sessions.recent(db, user_id=ANN, is_active=True))

    kept = retention(database, times, inactive_days=10)
    for days, ahead, expected in ((0, 300, 3), (0, 0, 3), (9, 0, 3), (2, 0, 0)):
        times.pass_(days * 86_400)
        times.wall.now += timedelta(days=ahead)
        kept.look()
        times.wall.now -= timedelta(days=ahead)
        times.pass_(WAIT_SECONDS)
        kept.look()
        assert active() == expected, days
