"""Watching an answer from anywhere at any moment: each character once."""

from __future__ import annotations

import threading
import time

import pytest

from chat.events import Done, Error, Token, Usage
from chat.turns.viewer import FollowingViewer, LocalViewer
from store import messages
from store.errors import StorageUnavailable
from store.values import SessionKey
from tests.chat.conftest import (
    SESSION,
    USER,
    Room,
    Rooms,
    Watched,
    counted,
    numbers,
    read_until,
    watch,
)
from tests.model_script import Break, Gate, Pause, numbered


def test_many_viewers_that_come_at_different_moments(room: Room) -> None:
    gates = [Gate() for _ in range(4)]
    parts = [numbered(50 * (n + 1))[50 * n :] for n in range(5)]
    steps = [step for part, gate in zip(parts, gates, strict=False) for step in (*part, gate)]
    asked = room.send("q", *steps, *parts[4])
    seen: list[Watched] = []
    viewers: list[threading.Thread] = []

    def come(count: int) -> None:
        for _ in range(count):
            viewers.append(
                threading.Thread(target=lambda: seen.append(room.watch(asked.answer.id)))
            )
            viewers[-1].start()

    come(4)
    for n, gate in enumerate(gates, 1):
        first = room.turns.attach(SessionKey(USER, SESSION), asked.answer.id)
        read_until(first, lambda event, n=n: event == Token(f"w{50 * n - 1} "))
        come(4)
        gate.opened.set()
    room.ended(asked.answer.id)
    come(4)
    for viewer in viewers:
        viewer.join(20)
    assert len(seen) == 24
    assert {one.text for one in seen} == {numbers(250)}
    assert all(one.events == seen[0].events for one in seen)


def test_a_viewer_that_leaves_ends_nothing(room: Room) -> None:
    gate = Gate()
    asked = room.send("q", *numbered(2), gate, *numbered(4)[2:])
    viewer = room.turns.attach(SessionKey(USER, SESSION), asked.answer.id)
    read_until(viewer, lambda event: event == Token("w1 "))
    del viewer
    gate.opened.set()
    assert room.ended(asked.answer.id).content == numbers(4)


def test_a_local_viewer_waits_no_longer_than_it_is_told(room: Room) -> None:
    asked = room.send("q", Pause())
    viewer = room.turns.attach(SessionKey(USER, SESSION), asked.answer.id)
    read_until(viewer, lambda event: event.type == "title")
    assert viewer.read(0) == []
    assert viewer.read(0.01) == []


@pytest.mark.slow
def test_a_second_process_follows_what_is_stored(rooms: Rooms) -> None:
    room, other = rooms(), rooms()
    gate = Gate()
    asked = room.send("q", *numbered(3), gate, *numbered(30, 0.02)[3:])
    viewer = other.turns.attach(SessionKey(USER, SESSION), asked.answer.id)
    assert isinstance(viewer, FollowingViewer)
    first = read_until(viewer, lambda event: isinstance(event, Token))
    assert first == [Token(numbers(3))]
    gate.opened.set()
    events = first + read_until(viewer, lambda event: isinstance(event, Done))
    assert "".join(event.content for event in events if isinstance(event, Token)) == numbers(30)
    assert events[-1] == Done(SESSION, asked.answer.id, "complete")
    assert len(events) > 3, "in pieces, not only at the end"
    assert watch(other.turns, asked.answer.id).text == numbers(30)


@pytest.mark.parametrize("begun", [True, False])
def test_a_second_process_follows_a_continued_answer(rooms: Rooms, begun: bool) -> None:
    room, other = rooms(), rooms()
    asked = room.send("q", *numbered(3), Break())
    room.ended(asked.answer.id)
    gate = Gate()
    new = room.again(asked.answer.id, gate, *numbered(5)[3:], continued=True)
    viewer = other.turns.attach(SessionKey(USER, SESSION), new.id)
    events = viewer.read(1) if begun else []
    gate.opened.set()
    events += read_until(viewer, lambda event: isinstance(event, Done))
    text = viewer.prefix + "".join(e.content for e in events if isinstance(e, Token))
    assert text == numbers(5)


@pytest.mark.slow
def test_a_second_process_sees_the_queue_move(rooms: Rooms) -> None:
    room, other = rooms(), rooms()
    gate, second_gate = Gate(), Gate()
    room.send("q0", *numbered(1), gate)
    waiting = room.send("q1", *numbered(2), second_gate, *numbered(4)[2:])
    viewer = other.turns.attach(SessionKey(USER, SESSION), waiting.answer.id)
    assert viewer.read(1) == []
    gate.opened.set()
    moved = read_until(viewer, lambda event: isinstance(event, Done))
    assert moved[-1] == Done(SESSION, waiting.answer.id, "streaming")
    second_gate.opened.set()
    assert watch(other.turns, waiting.answer.id).text == numbers(4)


def test_an_answer_that_ended_is_told_at_once(rooms: Rooms) -> None:
    room, other = rooms(), rooms()
    asked = room.send("q", *numbered(2), Break())
    told = room.watch(asked.answer.id).events[-2]
    assert isinstance(told, Error)
    viewer = other.turns.attach(SessionKey(USER, SESSION), asked.answer.id)
    assert viewer.read(0) == [Token(numbers(2)), told, Done(SESSION, asked.answer.id, "error")]


def test_what_is_not_there_is_deleted(room: Room) -> None:
    asked = room.send("q", *numbered(1))
    room.watch(asked.answer.id)
    for message_id in (99, -1, 2**40):
        viewer = room.turns.attach(SessionKey(USER, SESSION), message_id)
        assert viewer.read(0) == [Done(SESSION, message_id, "deleted")]
    with room.database.transaction() as db:
        messages.delete(db, SessionKey(USER, SESSION), message_id=asked.answer.id)
    follower = FollowingViewer(room.database, SessionKey(USER, SESSION), asked.answer.id)
    assert follower.read(0) == [Done(SESSION, asked.answer.id, "deleted")]


def test_a_follower_asks_the_database_four_times_a_second_at_most(rooms: Rooms) -> None:
    room, other = rooms(), rooms()
    asked = room.send("q", Pause())
    viewer = other.turns.attach(SessionKey(USER, SESSION), asked.answer.id)
    assert viewer.read(0) == []
    began = time.monotonic()
    with counted(other.database) as seen:
        for _ in range(1000):
            assert viewer.read(0) == []
        assert seen["own"] <= 2 + 4 * (time.monotonic() - began)


@pytest.mark.slow
def test_a_follower_goes_on_when_the_database_is_back(rooms: Rooms) -> None:
    room, other = rooms(), rooms()
    gate = Gate()
    asked = room.send("q", *numbered(2), gate, *numbered(4)[2:])
    viewer = other.turns.attach(SessionKey(USER, SESSION), asked.answer.id)
    read_until(viewer, lambda event: isinstance(event, Token))
    away = room.path.with_name("away.db")
    room.path.rename(away)
    with pytest.raises(StorageUnavailable):
        viewer.read(1)
    away.rename(room.path)
    gate.opened.set()
    events = read_until(viewer, lambda event: isinstance(event, Done))
    assert "".join(e.content for e in events if isinstance(e, Token)) == numbers(4)[len("w0 w1 ") :]


def test_a_local_viewer_is_told_more_than_text(room: Room) -> None:
    asked = room.send("q", *numbered(2))
    viewer = room.turns.attach(SessionKey(USER, SESSION), asked.answer.id)
    assert isinstance(viewer, LocalViewer)
    assert Usage(7, 2) in read_until(viewer, lambda event: isinstance(event, Done))
