"""An answer has an end, and its writer keeps it whatever others think of the writer."""

from __future__ import annotations

import pytest

from chat.turns.turn import FULL
from store import answers
from store.endings import interrupt
from store.values import SessionKey
from tests.chat.conftest import SESSION, USER, Room, Rooms, numbers
from tests.model_script import Gate, Pause, Text, numbered


@pytest.fixture
def rooms_url(database_url: str) -> str:
    return database_url


def interrupted(room: Room) -> None:
    """As if another process took this one for dead."""
    with room.database.transaction() as db:
        interrupt(db, is_gone=lambda _: True)


def test_an_answer_ends_where_answers_end_and_says_so(rooms: Rooms) -> None:
    room = rooms(answer_max_chars=1_000)
    asked = room.send("q", *[Text("x" * 300)] * 3, Text("y" * 300), Pause())
    seen = room.watch(asked.answer.id)
    assert (seen.text, seen.status) == ("x" * 900 + "y" * 100, "complete")
    row = room.row(asked.answer.id)
    assert (row.content, row.metadata.finish_reason) == (seen.text, FULL)
    more = room.watch(room.again(asked.answer.id, Text("z"), continued=True).id)
    assert (more.text, more.status) == (seen.text, "error")
    assert len(room.model.requests) == 1


def test_an_answer_that_was_ended_elsewhere_is_taken_back(room: Room) -> None:
    gate, last = Gate(), Gate()
    steps = [*numbered(3), gate, *numbered(5)[3:], last, *numbered(6)[5:]]
    asked = room.send("q", *steps)
    room.stored(asked.answer.id, numbers(3))
    interrupted(room)
    assert room.row(asked.answer.id).status == "interrupted"
    gate.opened.set()
    assert room.stored(asked.answer.id, numbers(5)).status == "streaming"
    last.opened.set()
    assert room.watch(asked.answer.id).status == "complete"
    assert room.row(asked.answer.id).content == numbers(6)


def test_it_ends_where_another_is_being_written_by_then(room: Room) -> None:
    gate = Gate()
    asked = room.send("q", *numbered(3), gate, *numbered(5)[3:], Pause())
    waiting = room.send("r")
    room.stored(asked.answer.id, numbers(3))
    interrupted(room)
    with room.database.transaction() as db:
        assert answers.start_next(db, SessionKey(USER, SESSION), owner="elsewhere/1/1")
    gate.opened.set()
    assert room.watch(asked.answer.id).status == "interrupted"
    assert room.row(asked.answer.id).content == numbers(5)
    assert room.row(waiting.answer.id).status == "streaming"
