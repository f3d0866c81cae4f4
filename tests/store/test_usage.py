"""What was used is counted once, whoever ends an answer, and stays when chats go."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta, tzinfo
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import sqlalchemy as sa
from sqlmodel import Session

from store import copies, endings, folders, messages, migrations, sessions, usage, users
from store.cleanup import purge
from store.counting import count_asides
from store.database import Database
from store.endings import Ending, finish
from store.metadata import MessageMetadata, PersonaMark
from store.usage import Days, UsageSums
from store.usage_times import Times, bucket_of, shortest
from store.values import SessionKey
from tests.store.samples import ANN, BOB, FREE, answered_again, asked, make, make_folder

DAY = date(2026, 5, 1)
NIGHT = datetime(2026, 5, 1, 23, 30, tzinfo=UTC)
ENDED = Ending(
    "complete",
    "Hello",
    model="m",
    processing_time_ms=900,
    first_token_ms=100,
    prompt_tokens=10,
    completion_tokens=5,
    cached_tokens=4,
    cost=0.25,
    metadata=MessageMetadata(persona=PersonaMark("pirate", "Pirate", "")),
)


def used(
    db: Session, by: Any = "day", user_id: str | None = ANN, zone: tzinfo = UTC
) -> dict[str, UsageSums]:
    days = Days(DAY - timedelta(days=1), DAY + timedelta(days=1), zone)
    found = usage.used(db, user_id=user_id, by=by, days=days)
    return {one.key: one.sums for one in found}


def test_an_answer_counts_where_and_when_it_ended(db: Session) -> None:
    place = make(db)
    sessions.change(db, place, folder=make_folder(db, "work"))
    answer = asked(db, place).answer.id
    finish(db, place, message_id=answer, ending=ENDED, now=NIGHT)
    one = UsageSums(
        questions=1, answers=1, counted=1, prompt_tokens=10, completion_tokens=5,
        cached_tokens=4, priced=1, cost=0.25, first_tokens=1, first_token_ms=100,
        durations=1, duration_ms=900,
    )  # fmt: skip
    assert used(db) == {"2026-05-01": one}
    assert used(db, "model") == {"m": one}
    assert used(db, "persona") == {"pirate": one}
    assert used(db, "folder") == {"work": one}
    assert used(db, "user", None)[ANN] == one
    assert used(db, user_id=BOB) == {}
    for copy in (
        copies.duplicate(db, place, may=FREE),
        copies.branch(db, place, message_id=answer, may=FREE),
    ):
        assert copy.message_count == 2
    purge(db, place)
    assert used(db) == {"2026-05-01": one}
    finish(db, place, message_id=answer, ending=ENDED, now=NIGHT)
    assert used(db) == {"2026-05-01": one}


@pytest.mark.parametrize(
    ("zone", "day"),
    [
        ("UTC", "2026-05-01"),
        ("Europe/Berlin", "2026-05-02"),
        ("America/New_York", "2026-05-01"),
        ("Asia/Kolkata", "2026-05-02"),
        ("Pacific/Kiritimati", "2026-05-02"),
    ],
)
def test_a_day_begins_at_midnight_of_whoever_looks(db: Session, zone: str, day: str) -> None:
    place = make(db)
    answer = asked(db, place).answer.id
    later = datetime.fromisoformat("2026-05-02T00:30:00+02:00")
    finish(db, place, message_id=answer, ending=ENDED, now=later)
    assert set(used(db, zone=ZoneInfo(zone))) == {day}
    one = date.fromisoformat(day)
    for by in ("day", "model"):
        for at, count in ((one, 1), (one - timedelta(1), 0), (one + timedelta(1), 0)):
            days = Days(at, at, ZoneInfo(zone))
            assert len(usage.used(db, user_id=ANN, by=by, days=days)) == count  # type: ignore[arg-type]


def test_medians_and_what_most_took(db: Session) -> None:
    """Of what is kept of times, a tenth off at most; also of several hours and of everybody."""
    for number in range(40):
        user_id = (ANN, BOB)[number % 2]
        place = make(db, user_id=user_id)
        ending = replace(ENDED, first_token_ms=50 + 10 * number, processing_time_ms=10**8)
        now = NIGHT - timedelta(hours=number % 3)
        finish(db, place, message_id=asked(db, place).answer.id, ending=ending, now=now)
    days = Days(DAY, DAY)
    (both,) = usage.used(db, user_id=None, by="model", days=days)
    assert shortest(both.times.first_token, 0.5) == pytest.approx(250, rel=0.1)
    assert shortest(both.times.first_token, 0.95) == pytest.approx(430, rel=0.1)
    assert shortest(both.times.duration, 0.5) is not None
    users_of = usage.used(db, user_id=None, by="user", days=days)
    assert [sum(one.times.first_token.values()) for one in users_of] == [20, 20]
    (day,) = usage.used(db, user_id=ANN, by="day", days=days)
    assert sum(day.times.duration.values()) == 20
    assert shortest({}, 0.5) is None


def test_calls_besides_answers_count_also_of_a_chat_that_is_gone(db: Session) -> None:
    place = make(db)
    sessions.change(db, place, folder=make_folder(db, "work"))
    title = UsageSums(asides=1, counted=1, prompt_tokens=7, priced=1, cost=0.5)
    count_asides(db, place, [("m", title)], persona="pirate", now=NIGHT)
    assert used(db, "folder") == {"work": title}
    assert used(db, "persona") == {"pirate": title}
    count_asides(db, SessionKey(BOB, place.session_id), [("m", title)], now=NIGHT)
    assert used(db, "folder", BOB) == {"": title}
    assert used(db, "persona", BOB) == {"": title}
    purge(db, place)
    count_asides(db, place, [("m", title)], now=NIGHT)
    assert used(db, "model") == {"m": title + title}
    count_asides(db, SessionKey("nobody", "s"), [("m", title)], now=NIGHT)
    assert used(db, "model", None) == {"m": title + title + title}


def test_a_question_counts_once_and_each_version_as_an_answer(db: Session) -> None:
    place = make(db)
    first = asked(db, place).answer.id
    finish(db, place, message_id=first, ending=ENDED, now=NIGHT)
    for status in ("error", "stopped", "interrupted"):
        again = answered_again(db, place, message_id=first).id
        finish(db, place, message_id=again, ending=Ending(status, ""), now=NIGHT)
    found = used(db)["2026-05-01"]
    assert (found.questions, found.answers, found.errors, found.stopped) == (1, 4, 1, 2)
    assert (found.counted, found.priced, found.durations) == (1, 1, 1)


def test_who_ends_an_answer_again_adds_only_what_was_not_known(db: Session) -> None:
    place = make(db)
    answer = asked(db, place).answer.id
    endings.end_as(db, place, message_id=answer, status="interrupted", now=NIGHT)
    for _ in range(2):
        finish(db, place, message_id=answer, ending=ENDED, now=NIGHT)
    found = sum(one.answers for one in used(db).values())
    assert found == 1
    assert sum(one.prompt_tokens for one in used(db).values()) == 10


def test_what_is_handed_over_is_added_up(db: Session) -> None:
    for user_id in (ANN, BOB):
        place = make(db, user_id=user_id, session_id=f"of-{user_id}")
        answer = asked(db, place).answer.id
        finish(db, place, message_id=answer, ending=ENDED, now=NIGHT)
    users.hand_over(db, user_id=BOB, to_user_id=ANN)
    assert used(db, user_id=BOB) == {}
    assert used(db)["2026-05-01"].answers == 2
    assert used(db)["2026-05-01"].cost == 0.5


def test_the_upgrade_counts_what_is_there(new_database_url: str) -> None:
    """From columns: a question with two versions, one without tokens; nothing that is open."""
    database = Database(new_database_url)
    with database.engine.begin() as connection:
        migrations._run(connection, "0010")
    with database.engine.begin() as connection:
        found = sa.MetaData()
        found.reflect(connection)
        now = datetime(2026, 5, 1, 23, 59, tzinfo=UTC)
        user = {"id": "u", "username": "u", "created_at": now}
        connection.execute(found.tables["users"].insert().values(**user))
        session = {"user_id": "u", "session_id": "s", "folder": "work", "persona": "pirate"}
        times = {"created_at": now, "last_activity_at": now}
        values = {**session, **times, "parameters": {}, "context": {}}
        connection.execute(found.tables["sessions"].insert().values(**values))
        at = {"user_id": "u", "session_id": "s", "created_at": now}
        answer = {**at, "role": "assistant", "parent_id": 1, "depth": 2, "model": "m"}
        counts = {"prompt_tokens": 7, "completion_tokens": 3, "cost": 0.5}
        timed = {"first_token_ms": 50, "processing_time_ms": 200}
        for row in (
            {**at, "id": 1, "role": "user", "depth": 1},
            {**answer, "id": 2, "status": "complete", **counts, **timed},
            {**answer, "id": 3, "status": "error"},
            {**answer, "id": 4, "status": "streaming"},
        ):
            connection.execute(found.tables["messages"].insert().values(**row))
    database.open()
    with database.reading() as db:
        (line,) = usage.used(db, user_id="u", by="day", days=Days(DAY, DAY))
        assert (line.key, line.times) == (
            "2026-05-01",
            Times(Counter({bucket_of(50): 1}), Counter({bucket_of(200): 1})),
        )
        assert line.sums == UsageSums(
            questions=1, answers=2, errors=1, counted=1, prompt_tokens=7, completion_tokens=3,
            priced=1, cost=0.5, first_tokens=1, first_token_ms=50, durations=1, duration_ms=200,
        )  # fmt: skip
        (folder,) = folders.listed(db, user_id="u")
        assert folder.name == "work"
        for by, name in (("model", "m"), ("persona", "pirate"), ("folder", folder.folder_id)):
            found_by = usage.used(db, user_id="u", by=by, days=Days(DAY, DAY))  # type: ignore[arg-type]
            assert [one.key for one in found_by] == [name]
        assert messages.get(db, SessionKey("u", "s"), message_id=2).cached_tokens is None
    database.close()
