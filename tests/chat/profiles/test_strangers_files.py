"""Files that are an attack: others get their answers, and nothing runs longer than it may."""

from __future__ import annotations

import os
from pathlib import Path

import psutil
import pytest

from chat.events import ToolProgress
from chat.profiles.analyses import Analysis, AnalysisRequest
from chat.profiles.sources import file
from chat.work.children import WorkLimits
from store import users
from store.session_values import NewSession
from store.values import SessionKey
from tests.chat.clock import NOON
from tests.chat.conftest import SESSION, USER, Room, Rooms
from tests.chat.profiles.conftest import wide
from tests.chat.work import played
from tests.waiting import until

pytestmark = pytest.mark.process
LONG = 60.0
STRANGER = "stranger"
THEIRS = SessionKey(STRANGER, "theirs")


@pytest.fixture
def room(rooms: Rooms) -> Room:
    """With the offline model, and with a stranger who has a session."""
    room = rooms(openai_base_url=None, offline_tokens_per_second=10_000)
    with room.database.transaction() as db:
        users.create(db, username=STRANGER, user_id=STRANGER, now=NOON)
    room.parts.sessions.create(THEIRS, NewSession())
    room.create("office", persona="clerk")
    return room


def began(room: Room, data: bytes, number: int = 0) -> Analysis:
    wanted = AnalysisRequest("file", f"f{number}.csv", upload=(f"f{number}.csv", data))
    return room.parts.analyses.start(THEIRS, wanted)


def test_six_wide_files_of_a_stranger_keep_nobody_from_an_answer_with_a_tool(room: Room) -> None:
    all_of_them = [began(room, wide(20_000) + b"\n" * number, number) for number in range(6)]
    asked = room.send("What time is it?", session_id="office")
    seen = room.watch(asked.answer.id, "office")
    assert seen.status == "complete"
    steps = [event for event in seen.events if isinstance(event, ToolProgress)]
    assert [(step.name, step.state) for step in steps][-1] == ("current_time", "done")
    for one in all_of_them:
        until(lambda one=one: one.log.closed, LONG)  # type: ignore[misc]
        assert one.result, one.failure


def test_files_that_never_end_keep_nobody_from_theirs(
    room: Room, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    real, mark = file.read_digest, tmp_path / "mark"
    monkeypatch.setattr(file, "read_digest", played.spin_over)
    theirs = [began(room, str(mark).encode(), number) for number in range(6)]
    until(mark.exists, LONG)
    monkeypatch.setattr(file, "read_digest", real)
    upload = ("mine.csv", b"text,date\nHi,2024-04-01\n")
    mine = room.parts.analyses.start(
        SessionKey(USER, SESSION), AnalysisRequest("file", "mine.csv", upload=upload)
    )
    until(lambda: mine.log.closed, LONG)
    assert mine.result, mine.failure
    assert not any(one.log.closed for one in theirs)


def test_one_that_takes_too_long_is_ended_and_says_so(
    room: Room, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(file, "read_digest", played.spin_over)
    room.parts.work.limits = WorkLimits(seconds=0.5)
    analysis = began(room, str(tmp_path / "mark").encode())
    until(lambda: analysis.log.closed, LONG)
    assert analysis.failure.startswith("Reading this took too long and was ended. Try it with")
    assert room.parts.work.pids == []


def test_an_analysis_that_is_stopped_ends_its_process(
    room: Room, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """As an answer that is stopped stops its tools."""
    monkeypatch.setattr(file, "read_digest", played.spin_over)
    mark = tmp_path / "mark"
    mine = room.parts.analyses.of_session(THEIRS, "")
    upload = ("a.csv", str(mark).encode())
    asked = mine.analyzed("file", "a", again=False, status=lambda _: None, upload=upload)
    running = room.parts.loop.spawn(asked)
    pid = int(until(lambda: mark.exists() and mark.read_text(), LONG) or 0)
    assert pid in room.parts.work.pids
    running.cancel()
    until(lambda: not psutil.pid_exists(pid), LONG)


def test_the_end_of_parley_ends_the_processes(
    room: Room, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(file, "read_digest", played.spin_over)
    mark = tmp_path / "mark"
    began(room, str(mark).encode())
    until(mark.exists, LONG)
    (pid,) = room.parts.work.pids
    assert pid != os.getpid()
    room.close()
    assert not psutil.pid_exists(pid)
