"""Many threads and many processes at once, in one session and on one database."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest

from store import answers, endings, messages, sessions
from store.database import Database
from store.values import Message, SessionKey
from tests.store.child import Child
from tests.store.samples import ANN, OWNER, asked, end, exchange, make


def transcript(database: Database, place: SessionKey) -> list[Message]:
    with database.reading() as db:
        leaf = sessions.get(db, place).active_leaf_id
        return messages.window(db, place, leaf_id=leaf, limit=10_000)


def new_session(database: Database) -> SessionKey:
    with database.transaction() as db:
        return make(db)


def at_once(count: int, work: Callable[[int], object]) -> None:
    """Run ``work`` in that many threads that begin together; the first error is raised."""
    together = threading.Barrier(count)

    def begin(number: int) -> None:
        together.wait()
        work(number)

    with ThreadPoolExecutor(count) as pool:
        list(pool.map(begin, range(count)))


def check_transcript(found: list[Message], names: list[str], count: int) -> None:
    """Every question once, in one branch, each writer's own in its order, one being answered."""
    questions = [message for message in found if message.role == "user"]
    expected = {f"{name} {number}" for name in names for number in range(count)}
    assert len(questions) == len(expected)
    assert {question.content for question in questions} == expected
    for name in names:
        own = [q.content for q in questions if q.content.startswith(f"{name} ")]
        assert own == [f"{name} {number}" for number in range(count)]
    assert [message.id for message in found] == list(range(1, 2 * len(expected) + 1))
    assert [message.depth for message in found] == list(range(1, 2 * len(expected) + 1))
    assert [message.versions for message in found] == [(message.id,) for message in found]
    assert [m.status for m in found[:2]] == ["complete", "streaming"]
    assert {m.status for m in found[2:]} == {"queued"}


@pytest.mark.process
def test_two_processes_send_into_one_session(database: Database, database_url: str) -> None:
    place = new_session(database)
    children = [
        Child("ask", database_url, place.user_id, place.session_id, name, "100") for name in "ab"
    ]
    for child in children:
        child.expect("ready")
    for child in children:
        child.go_on()
    assert [child.end() for child in children] == ["", ""]
    check_transcript(transcript(database, place), ["a", "b"], 100)


def test_many_threads_send_into_one_session(database: Database) -> None:
    place = new_session(database)

    def send(writer: int) -> None:
        for number in range(5):
            with database.transaction() as db:
                asked(db, place, f"w{writer} {number}")

    at_once(8, send)
    check_transcript(transcript(database, place), [f"w{writer}" for writer in range(8)], 5)


def test_what_waits_is_started_once_and_in_order(database: Database) -> None:
    place = new_session(database)
    with database.transaction() as db:
        expected = [asked(db, place).answer.id for _ in range(6)]
        end(db, place, expected[0])
    started: list[int] = []

    def take(_: int) -> None:
        while len(started) < 5:
            with database.transaction() as db:
                answer = answers.start_next(db, place, owner=OWNER)
            if answer:
                started.append(answer.id)
                with database.transaction() as db:
                    end(db, place, answer.id, f"reply {answer.id}")

    at_once(4, take)
    assert started == expected[1:]
    assert {message.status for message in transcript(database, place)} == {"complete"}


def test_one_key_sent_many_times_at_once_is_stored_once(database: Database) -> None:
    place = new_session(database)
    repeated: list[bool] = []

    def send(_: int) -> None:
        with database.transaction() as db:
            repeated.append(asked(db, place, "once", idempotency_key="k").repeated)

    at_once(6, send)
    assert sorted(repeated) == [False, True, True, True, True, True]
    assert len(transcript(database, place)) == 2


def test_endings_checkpoints_and_questions_at_once_lose_nothing(database: Database) -> None:
    places = [new_session(database) for _ in range(4)]

    def work(number: int) -> None:
        place = places[number % 4]
        for round_ in range(4):
            if number < 4:
                with database.transaction() as db:
                    answer = asked(db, place, f"round {round_}").answer
                with database.transaction() as db:
                    endings.checkpoint(
                        db, [endings.Received(place, message_id=answer.id, text="part")]
                    )
                with database.transaction() as db:
                    end(db, place, answer.id, "whole", prompt_tokens=1)
            else:
                with database.transaction() as db:
                    endings.interrupt(db, is_gone=lambda _: False)
                with database.reading() as db:
                    session = sessions.get(db, place)
                    found = messages.window(db, place, leaf_id=session.active_leaf_id)
                assert len(found) == session.message_count

    at_once(8, work)
    for place in places:
        found = transcript(database, place)
        assert [m.content for m in found if m.role == "assistant"] == ["whole"] * 4
        with database.reading() as db:
            assert sessions.get(db, place).prompt_tokens == 4


def test_reading_sees_one_moment(database: Database) -> None:
    place = new_session(database)
    with database.reading() as db:
        before = sessions.get(db, place)
        with database.transaction() as other:
            exchange(other, place)
        assert sessions.get(db, place) == before
        assert messages.window(db, place, leaf_id=2) == []
    with database.reading() as db:
        assert sessions.get(db, place).message_count == 2


def test_a_failed_transaction_leaves_nothing(database: Database) -> None:
    place = new_session(database)

    def fail() -> None:
        with database.transaction() as db:
            exchange(db, place)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    assert transcript(database, place) == []
    with database.transaction() as db:
        assert exchange(db, place)[0].id == 1


def test_reading_is_possible_while_another_writes(database: Database) -> None:
    place = new_session(database)
    with database.transaction() as db:
        exchange(db, place)
        assert transcript(database, place) == []
    assert len(transcript(database, place)) == 2
    with database.reading() as db:
        assert sessions.totals(db, user_id=ANN).messages == 2
