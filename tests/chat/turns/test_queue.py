"""What is sent while an answer is written: stored at once, answered next, in order."""

from __future__ import annotations

import pytest

from chat.events import Done
from store import messages, sessions
from store.values import SessionKey
from tests.chat.conftest import SESSION, USER, Room, asked_of, numbers
from tests.model_script import Gate, Pause, numbered
from tests.waiting import until


@pytest.fixture
def rooms_url(database_url: str) -> str:
    return database_url


def test_five_messages_during_an_answer(room: Room) -> None:
    gate = Gate()
    first = room.send("q0", *numbered(2), gate, *numbered(1))
    waiting = [room.send(f"q{n}", *numbered(n)) for n in range(1, 6)]
    statuses = [(one.question.status, one.answer.status) for one in waiting]
    assert statuses == [("queued", "queued")] * 5
    assert [row.content for row in room.branch() if row.role == "user"] == [
        f"q{n}" for n in range(6)
    ]
    room.stored(first.answer.id, numbers(2))
    assert len(room.model.requests) == 1
    gate.opened.set()
    for n, one in enumerate(waiting, 1):
        assert room.watch(one.answer.id).text == numbers(n)
    branch = room.branch()
    assert {row.status for row in branch} == {"complete"}
    texts = [row.content for row in branch]
    assert texts == ["q0", "w0 w1 w0 ", *(t for n in range(1, 6) for t in (f"q{n}", numbers(n)))]
    assert asked_of(room.model) == [texts[: 2 * n + 1] for n in range(6)]


def test_a_watcher_of_the_queue_is_told_when_its_turn_comes(room: Room) -> None:
    gate = Gate()
    room.send("q0", gate, *numbered(1))
    waiting = room.send("q1", *numbered(3))
    viewer = room.turns.attach(SessionKey(USER, SESSION), waiting.answer.id)
    assert viewer.read(0.5) == []
    gate.opened.set()
    events = until(lambda: viewer.read(0.5))
    assert isinstance(events[-1], Done)
    assert events[-1].status in ("streaming", "complete")
    assert room.watch(waiting.answer.id).text == numbers(3)


def test_the_queue_reaches_other_branches(room: Room) -> None:
    first = room.send("a", *numbered(1))
    room.watch(first.answer.id)
    gate = Gate()
    second = room.send("b", *numbered(2), gate)
    edited = room.send("A", *numbered(3), edit_of=first.question.id)
    below = room.send("c", *numbered(4), parent_id=first.answer.id)
    after = room.send("d", *numbered(5))
    gate.opened.set()
    texts = [room.watch(one.answer.id).text for one in (second, edited, below, after)]
    assert texts == [numbers(n) for n in (2, 3, 4, 5)]
    assert asked_of(room.model)[1:] == [
        ["a", "w0 ", "b"],
        ["A"],
        ["a", "w0 ", "c"],
        ["a", "w0 ", "c", numbers(4), "d"],
    ]


def test_a_failed_answer_does_not_hold_the_queue(room: Room) -> None:
    gate = Gate()
    first = room.send("[[status=500]]")
    room.watch(first.answer.id)
    room.send("[[status=401]]")
    second = room.send("q", gate, *numbered(1))
    third = room.send("[[status=429]]")
    fourth = room.send("r")
    gate.opened.set()
    assert room.watch(fourth.answer.id).status == "complete"
    assert room.row(second.answer.id).status == "complete"
    assert room.row(third.answer.id).error_code == "rate_limited"


@pytest.mark.slow
def test_stop_ends_what_runs_and_the_next_one_starts(room: Room) -> None:
    first = room.send("q0", *numbered(2), Pause())
    second = room.send("q1", *numbered(2), Pause())
    third = room.send("q2", *numbered(3))
    room.stored(first.answer.id, numbers(2))
    room.stop()
    assert room.ended(first.answer.id).status == "stopped"
    room.stored(second.answer.id, numbers(2))
    room.stop()
    assert room.watch(third.answer.id).text == numbers(3)
    assert [room.row(one.answer.id).status for one in (first, second, third)] == [
        "stopped",
        "stopped",
        "complete",
    ]
    assert asked_of(room.model)[2] == ["q0", numbers(2), "q1", numbers(2), "q2"]


def test_a_session_in_the_trash_keeps_its_answer_and_starts_nothing(room: Room) -> None:
    gate = Gate()
    first = room.send("q0", *numbered(2), gate, *numbered(1))
    room.send("q1")
    room.stored(first.answer.id, numbers(2))
    with room.database.transaction() as db:
        sessions.trash(db, SessionKey(USER, SESSION))
    gate.opened.set()
    assert room.watch(first.answer.id).status == "complete"
    with room.database.transaction() as db:
        sessions.restore(db, SessionKey(USER, SESSION))
    assert room.row(first.answer.id).content == "w0 w1 w0 "
    assert room.row(first.answer.id).status == "complete"
    assert len(room.model.requests) == 1


def test_a_question_deleted_from_the_queue_is_not_asked(room: Room) -> None:
    gate = Gate()
    first = room.send("q0", gate, *numbered(1))
    second = room.send("q1")
    with room.database.transaction() as db:
        messages.delete(db, SessionKey(USER, SESSION), message_id=second.question.id)
    gate.opened.set()
    assert room.watch(second.answer.id).status == "deleted"
    room.ended(first.answer.id)
    third = room.send("q2")
    room.watch(third.answer.id)
    assert [texts[-1] for texts in asked_of(room.model)] == ["q0", "q2"]


def test_other_sessions_and_users_do_not_wait(room: Room) -> None:
    gate = Gate()
    held = room.send("q0", gate, *numbered(1))
    until(lambda: len(room.model.requests) == 1)
    room.create("other")
    asked = room.send("q1", session_id="other")
    assert room.watch(asked.answer.id, "other").status == "complete"
    assert room.turns.running_sessions(USER) == {SESSION}
    assert room.turns.running_sessions("somebody") == frozenset()
    gate.opened.set()
    room.watch(held.answer.id)
    assert room.turns.running_sessions(USER) == frozenset()
