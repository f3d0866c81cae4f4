"""The thread that writes answers: checkpoints, its log, its end."""

from __future__ import annotations

import pytest

from chat.events import Done, Status, Token
from chat.loop import Loop
from chat.turns import runner
from chat.turns.viewer import FollowingViewer, LocalViewer
from store.values import SessionKey
from tests.chat.conftest import (
    SESSION,
    USER,
    Room,
    Rooms,
    counted,
    locked,
    numbers,
    read_until,
    watch,
)
from tests.model_script import Gate, Pause, Step, numbered
from tests.waiting import until


@pytest.fixture
def rooms_url(database_url: str) -> str:
    return database_url


def test_what_came_is_stored_while_the_model_is_still_thinking(room: Room) -> None:
    gates = [Gate(), Gate()]
    three = numbered(3)
    asked = room.send("q", three[0], gates[0], three[1], gates[1], three[2])
    for count, gate in enumerate(gates, 1):
        row = room.stored(asked.answer.id, numbers(count))
        assert row.status == "streaming"
        gate.opened.set()
    assert room.watch(asked.answer.id).text == numbers(3)


def test_the_row_follows_what_the_model_sends(room: Room) -> None:
    """What came is stored before more comes; `make bench` measures how soon."""
    gates = [Gate() for _ in range(4)]
    steps: list[Step] = []
    for n, gate in enumerate(gates):
        steps += [*numbered(10 * n + 10)[10 * n :], gate]
    asked = room.send("q", *steps, *numbered(50)[40:])
    for n, gate in enumerate(gates, 1):
        assert room.stored(asked.answer.id, numbers(10 * n)).is_open
        gate.opened.set()
    assert room.watch(asked.answer.id).status == "complete"
    assert room.row(asked.answer.id).content == numbers(50)
    assert runner.CHECKPOINT_SECONDS < 0.25, "what is promised"


@pytest.mark.slow
def test_many_streams_share_one_transaction(room: Room) -> None:
    gates = [Gate() for _ in range(20)]
    ids = []
    for n, gate in enumerate(gates):
        room.create(f"s{n}")
        steps = [*numbered(1), gate, *numbered(2)[1:], Pause()]
        ids.append(room.send("q", *steps, session_id=f"s{n}").answer.id)
    for n, answer in enumerate(ids):
        room.stored(answer, numbers(1), f"s{n}")
    with counted(room.database) as seen:
        for gate in gates:
            gate.opened.set()
        for n, answer in enumerate(ids):
            room.stored(answer, numbers(2), f"s{n}")
    assert seen["updates"] == 20
    assert 1 <= seen["commits"] <= 3


@pytest.mark.slow
def test_a_silent_stream_costs_nothing_but_a_sign_of_life(
    room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    silent = room.send("q", *numbered(1), Pause())
    room.create("other")
    gate = Gate()
    steps = [*numbered(1), gate, *numbered(2)[1:], Pause()]
    room.stored(silent.answer.id, numbers(1))
    other = room.send("q", *steps, session_id="other").answer.id
    room.stored(other, numbers(1), "other")
    with counted(room.database) as seen:
        gate.opened.set()
        room.stored(other, numbers(2), "other")
        assert seen["updates"] == 1
        monkeypatch.setattr(runner, "HEARTBEAT_SECONDS", 0.0)
        until(lambda: seen["updates"] >= 5)


def test_the_log_stays_a_minute_and_is_then_let_go(
    room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = room.send("q", *numbered(3))
    room.watch(asked.answer.id)
    answer = asked.answer.id
    assert isinstance(room.turns.attach(SessionKey(USER, SESSION), answer), LocalViewer)
    assert runner.KEEP_LOG_SECONDS == 60
    monkeypatch.setattr(runner, "KEEP_LOG_SECONDS", 0.0)
    until(lambda: isinstance(room.turns.attach(SessionKey(USER, SESSION), answer), FollowingViewer))
    assert room.watch(asked.answer.id).text == numbers(3)


def test_close_in_mid_answer_stores_it_as_interrupted(rooms: Rooms) -> None:
    room = rooms()
    asked = room.send("q", *numbered(5), Pause())
    waiting = room.send("r")
    viewer = room.turns.attach(SessionKey(USER, SESSION), asked.answer.id)
    read_until(viewer, lambda one: one == Token("w4 "))
    room.parts.end_turns()
    row = room.row(asked.answer.id)
    assert (row.status, row.content) == ("interrupted", numbers(5))
    assert viewer.read(1)[-1] == Done(SESSION, asked.answer.id, "interrupted")
    assert room.row(waiting.answer.id).status == "queued"
    room.parts.end_turns()
    after = rooms()
    assert watch(after.turns, waiting.answer.id).status == "complete"
    assert after.watch(after.again(asked.answer.id, continued=True).id).text.startswith(numbers(5))


def test_what_comes_while_the_process_ends_is_answered_by_the_next(rooms: Rooms) -> None:
    """Sent by somebody, or taken by the reaper, which was found to begin just before the end."""
    room = rooms()
    asked = room.send("q", *numbered(1), Pause())
    room.stored(asked.answer.id, numbers(1))
    waiting = room.send("r", *numbered(2))
    room.create("other")
    room.parts.end_turns()
    room.parts.upkeep.reap()
    sent = room.send("s", *numbered(3), session_id="other")
    for answer, session_id in ((waiting, SESSION), (sent, "other")):
        assert room.row(answer.answer.id, session_id).status == "queued"
        assert room.row(answer.question.id, session_id).status == "complete"
    after = rooms()
    assert after.watch(waiting.answer.id).status == "complete"
    assert after.watch(sent.answer.id, session_id="other").status == "complete"
    assert room.row(sent.question.id, "other").status == "complete"
    assert room.row(asked.answer.id).status == "interrupted"


def test_another_version_that_waits_for_the_next_process_leaves_its_question(rooms: Rooms) -> None:
    """A question with an answer is none that could be removed from the queue."""
    room = rooms()
    asked = room.send("q", *numbered(1))
    room.watch(asked.answer.id)
    room.parts.end_turns()
    again = room.again(asked.answer.id, *numbered(2))
    assert room.row(again.id).status == "queued"
    assert room.row(asked.question.id).status == "complete"
    assert rooms().watch(again.id).text == numbers(2)


def test_close_at_once_leaves_nothing_half(rooms: Rooms) -> None:
    room = rooms()
    asked = room.send("q", Pause())
    room.parts.end_turns()
    assert room.row(asked.answer.id).status == "interrupted"


def test_turns_that_never_began_close_too(rooms: Rooms) -> None:
    room = rooms()
    room.parts.end_turns()
    room.parts.end_turns()


def test_work_ends_though_the_loop_does_not(room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(Loop, "close", lambda *_: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            room.parts.end_turns()
    assert room.parts.work._is_closed


def test_that_an_answer_begins_and_ends_is_news(room: Room) -> None:
    news = room.turns.runner.news
    before = news.number
    gate = Gate()
    asked = room.send("q", gate)
    began = news.number
    gate.opened.set()
    room.watch(asked.answer.id)
    assert before < began < news.number


@pytest.mark.slow
@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_the_answer_outlives_a_database_that_is_away(room: Room) -> None:
    gate = Gate()
    asked = room.send("q", *numbered(3), gate, *numbered(6)[3:])
    waiting = room.send("r", *numbered(2))
    room.stored(asked.answer.id, numbers(3))
    away = room.path.with_name("away.db")
    room.path.rename(away)
    viewer = room.turns.attach(SessionKey(USER, SESSION), asked.answer.id)
    gate.opened.set()
    events = read_until(viewer, lambda one: isinstance(one, Status))
    told = events[-1]
    assert isinstance(told, Status)
    assert "Not stored yet: The database is not available" in told.content
    assert "Put the file and its folder back" in told.content
    assert not room.path.exists(), "no empty database in its place"
    assert room.turns.count_running() == 1
    away.rename(room.path)
    events += read_until(viewer, lambda one: isinstance(one, Done))
    assert events[-1] == Done(SESSION, asked.answer.id, "complete")
    assert "".join(one.content for one in events if isinstance(one, Token)) == numbers(6)
    assert room.row(asked.answer.id).content == numbers(6)
    assert room.watch(waiting.answer.id).text == numbers(2)


@pytest.mark.slow
@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_the_answer_outlives_a_database_that_is_locked(
    rooms: Rooms, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("store.dialects.BUSY_SECONDS", 0.1)
    room = rooms()
    gate = Gate()
    asked = room.send("q", *numbered(3), gate, *numbered(6)[3:])
    room.stored(asked.answer.id, numbers(3))
    viewer = room.turns.attach(SessionKey(USER, SESSION), asked.answer.id)
    with locked(room.path):
        gate.opened.set()
        told = read_until(viewer, lambda one: isinstance(one, Status))[-1]
        assert isinstance(told, Status)
        assert "Another program holds the database" in told.content
    read_until(viewer, lambda one: isinstance(one, Done))
    assert room.row(asked.answer.id).content == numbers(6)
    assert room.row(asked.answer.id).status == "complete"


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_stop_while_the_end_waits_for_the_database_loses_nothing(
    rooms: Rooms, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("store.dialects.BUSY_SECONDS", 0.1)
    room = rooms()
    gate = Gate()
    asked = room.send("q", gate, *numbered(4))
    viewer = room.turns.attach(SessionKey(USER, SESSION), asked.answer.id)
    with locked(room.path):
        gate.opened.set()
        read_until(viewer, lambda one: isinstance(one, Status))
        for _ in range(5):
            room.stop()
    assert room.watch(asked.answer.id).status == "complete"
    assert room.row(asked.answer.id).content == numbers(4)
