"""What was used is counted once, whoever ends an answer, and stays when chats go."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session

from store import endings, folders, messages, migrations, sessions, usage, users
from store.cleanup import purge
from store.database import Database
from store.endings import Ending, finish
from store.metadata import MessageMetadata, PersonaMark
from store.usage import UsageSums
from store.values import SessionKey
from tests.store.samples import ANN, BOB, answered_again, asked, make, make_folder

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


def used(db: Session, by: Any = "day", user_id: str | None = ANN) -> dict[str, UsageSums]:
    since, until = DAY - timedelta(days=1), DAY + timedelta(days=1)
    return dict(usage.sums(db, user_id=user_id, by=by, since=since, until=until))


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
    purge(db, place)
    assert used(db) == {"2026-05-01": one}
    finish(db, place, message_id=answer, ending=ENDED, now=NIGHT)
    assert used(db) == {"2026-05-01": one}


def test_a_day_begins_at_midnight_in_utc(db: Session) -> None:
    place = make(db)
    answer = asked(db, place).answer.id
    later = datetime.fromisoformat("2026-05-02T00:30:00+02:00")
    finish(db, place, message_id=answer, ending=ENDED, now=later)
    assert set(used(db)) == {"2026-05-01"}


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
        (line,) = usage.sums(db, user_id="u", by="day", since=DAY, until=DAY)
        assert line[0] == "2026-05-01"
        assert line[1] == UsageSums(
            questions=1, answers=2, errors=1, counted=1, prompt_tokens=7, completion_tokens=3,
            priced=1, cost=0.5, first_tokens=1, first_token_ms=50, durations=1, duration_ms=200,
        )  # fmt: skip
        (folder,) = folders.listed(db, user_id="u")
        assert folder.name == "work"
        for by, name in (("model", "m"), ("persona", "pirate"), ("folder", folder.folder_id)):
            found_by = usage.sums(db, user_id="u", by=by, since=DAY, until=DAY)  # type: ignore[arg-type]
            assert [one for one, _ in found_by] == [name]
        assert messages.get(db, SessionKey("u", "s"), message_id=2).cached_tokens is None
    database.close()
