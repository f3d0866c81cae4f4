"""Stop at any moment keeps what is there; Continue takes it up again."""

from __future__ import annotations

import contextlib

import pytest

from chat.errors import NothingRunning
from chat.events import Done, Token
from chat.turns.request import CONTINUE
from store.errors import Conflict, NotFound, Refused
from store.values import SessionKey
from tests.chat.conftest import SESSION, USER, Room, asked_of, numbers, read_until
from tests.model_script import Break, Gate, Pause, Script, numbered


@pytest.fixture
def rooms_url(database_url: str) -> str:
    return database_url


def test_stop_in_the_middle_keeps_every_token_that_came(room: Room) -> None:
    asked = room.send("q", *numbered(5), Pause())
    viewer = room.turns.attach(SessionKey(USER, SESSION), asked.answer.id)
    read_until(viewer, lambda event: event == Token("w4 "))
    room.stop()
    seen = read_until(viewer, lambda event: isinstance(event, Done))
    assert seen[-1] == Done(SESSION, asked.answer.id, "stopped")
    row = room.row(asked.answer.id)
    assert (row.content, row.status, row.error_code) == (numbers(5), "stopped", None)
    closed = room.model.wait(lambda records: bool(records[0].ended))
    assert closed[0].ended == "hung_up"


def test_stop_before_the_first_token(room: Room) -> None:
    asked = room.send("q", Pause())
    room.model.wait(lambda records: len(records) == 1)
    room.stop()
    seen = room.watch(asked.answer.id)
    assert (seen.text, seen.status) == ("", "stopped")
    assert room.row(asked.answer.id).first_token_ms is None


def test_stop_at_once_and_twice(room: Room) -> None:
    """The answer's task may not have begun by then."""
    for n in range(25):
        asked = room.send(f"q{n}", *numbered(1), Pause())
        room.stop()
        if n % 2:
            with contextlib.suppress(NothingRunning):
                room.stop()
        assert room.watch(asked.answer.id).status == "stopped"
        assert room.row(asked.answer.id).status == "stopped"
    room.model.reset()
    assert room.watch(room.send("last").answer.id).status == "complete"


def test_stop_at_the_end_is_one_of_both(room: Room) -> None:
    for n in range(10):
        asked = room.send(f"q{n}", *numbered(20))
        with contextlib.suppress(NothingRunning):
            room.stop()
        seen = room.watch(asked.answer.id)
        row = room.row(asked.answer.id)
        assert row.status == seen.status
        assert row.status in ("stopped", "complete")
        assert row.content == seen.text
        assert numbers(20).startswith(row.content)
        room.model.reset()


def test_there_may_be_nothing_to_stop(room: Room) -> None:
    with pytest.raises(NothingRunning, match=r"No answer is being written here\. Reload"):
        room.stop()
    room.watch(room.send("q").answer.id)
    with pytest.raises(NothingRunning):
        room.stop()


def test_somebody_else_can_neither_stop_nor_watch_nor_retry(room: Room) -> None:
    gate = Gate()
    asked = room.send("q", *numbered(1), gate)
    place = SessionKey("somebody", SESSION)
    with pytest.raises(NothingRunning):
        room.turns.stop(place)
    viewer = room.turns.attach(place, asked.answer.id)
    assert viewer.read(1) == [Done(SESSION, asked.answer.id, "deleted")]
    with pytest.raises(NotFound):
        room.turns.answer_again(place, asked.answer.id)
    gate.opened.set()
    assert room.watch(asked.answer.id).status == "complete"


@pytest.mark.parametrize("ending", ["stopped", "error"])
def test_continue_begins_with_the_old_text(room: Room, ending: str) -> None:
    asked = room.send("q", *numbered(3), Break() if ending == "error" else Pause())
    if ending == "stopped":
        room.stored(asked.answer.id, numbers(3))
        room.stop()
    old = room.ended(asked.answer.id)
    assert old.status == ending
    room.model.queue(Script(numbered(6)[3:]))
    new = room.again(asked.answer.id, continued=True)
    assert (new.content, new.versions) == (numbers(3), (old.id, new.id))
    seen = room.watch(new.id)
    assert (seen.text, seen.status) == (numbers(6), "complete")
    assert [event.content for event in seen.events if isinstance(event, Token)] == [
        f"w{n} " for n in range(3, 6)
    ]
    row = room.row(new.id)
    assert row.content == numbers(6)
    assert row.metadata.continues == old.id
    assert room.row(old.id) == old.__class__(
        **{name: getattr(old, name) for name in old.__dataclass_fields__ if name != "versions"},
        versions=(old.id, new.id),
    )
    assert asked_of(room.model)[-1] == ["q", numbers(3), CONTINUE]
    roles = [message["role"] for message in room.model.requests[-1].body["messages"]]
    assert roles == ["system", "user", "assistant", "user"]


def test_a_continued_answer_that_brings_nothing_keeps_the_old_text(room: Room) -> None:
    asked = room.send("q", *numbered(3), Pause())
    room.stored(asked.answer.id, numbers(3))
    room.stop()
    room.ended(asked.answer.id)
    room.model.queue(Script(()))
    new = room.again(asked.answer.id, continued=True)
    assert room.watch(new.id).text == numbers(3)
    row = room.row(new.id)
    assert (row.status, row.error_code, row.content) == ("error", "empty_answer", numbers(3))
    third = room.again(new.id, Pause(), continued=True)
    room.stop()
    assert room.ended(third.id).content == numbers(3)


def test_continue_while_another_is_written_waits(room: Room) -> None:
    first = room.send("q", *numbered(2), Pause())
    room.stored(first.answer.id, numbers(2))
    room.stop()
    room.ended(first.answer.id)
    gate = Gate()
    second = room.send("r", gate, *numbered(1))
    new = room.again(first.answer.id, *numbered(3)[2:], continued=True)
    assert (new.status, new.content) == ("queued", numbers(2))
    gate.opened.set()
    assert room.watch(new.id).text == numbers(3)
    assert room.row(new.id).content == numbers(3)
    assert room.row(second.answer.id).status == "complete"


def test_what_can_not_be_continued(room: Room) -> None:
    gate = Gate()
    asked = room.send("q", gate, *numbered(1))
    with pytest.raises(Conflict):
        room.again(asked.answer.id, continued=True)
    gate.opened.set()
    room.watch(asked.answer.id)
    with pytest.raises(Refused):
        room.again(asked.question.id, continued=True)
