"""Read-only mode in processes that work: what runs ends well, what waits begins afterwards."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from chat import read_only, runtime
from chat.errors import Forbidden
from chat.loop import Loop
from chat.people.identity import Identity
from chat.read_only import ReadOnlyMode
from chat.turns import upkeep
from chat.turns.upkeep import Upkeep
from store import kept, maintenance
from store.database import Database
from store.errors import ReadOnly, Refused
from store.read_only import main as command
from tests.chat.conftest import Room, Rooms, numbers
from tests.chat.turns.test_upkeep import dead, left
from tests.model_script import Gate, numbered
from tests.waiting import until

LINE = "Back at 9."


@pytest.fixture
def rooms_url(database_url: str) -> str:
    return database_url


@pytest.fixture(autouse=True)
def _looks_often(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(read_only, "LOOK_SECONDS", 0.02)


def switch(room: Room, *, on: bool) -> None:
    room.parts.read_only.switch(room.parts.identities.local, on=on, line=LINE if on else "")


def test_an_answer_that_runs_is_finished_and_what_waits_begins_afterwards(
    rooms: Rooms, caplog: pytest.LogCaptureFixture
) -> None:
    room, gate = rooms(), Gate()
    first = room.send("q0", *numbered(2), gate, *numbered(1))
    waiting = room.send("q1", *numbered(3))
    room.stored(first.answer.id, numbers(2))
    switch(room, on=True)
    with pytest.raises(ReadOnly, match=LINE):
        room.send("q2")
    gate.opened.set()
    assert room.watch(first.answer.id).text == "w0 w1 w0 "
    assert room.row(first.answer.id).status == "complete"
    room.parts.upkeep.reap()
    assert room.row(waiting.answer.id).status == "queued"
    assert len(room.model.requests) == 1
    warned = {one.name for one in caplog.records if one.levelname != "INFO"}
    assert not warned & {"parley.turns", "parley.upkeep"}
    assert command(["off", "--from", room.settings.database_url]) == 0
    assert room.watch(waiting.answer.id).text == numbers(3)


def test_a_running_answer_can_be_stopped(rooms: Rooms) -> None:
    room, gate = rooms(), Gate()
    sent = room.send("q", *numbered(2), gate)
    room.stored(sent.answer.id, numbers(2))
    switch(room, on=True)
    room.stop()
    assert room.ended(sent.answer.id).status == "stopped"
    gate.opened.set()


def test_an_answer_of_a_dead_process_is_interrupted_meanwhile(rooms: Rooms) -> None:
    room = rooms()
    switch(room, on=True)
    other = Database(room.settings.database_url)
    asked, waiting = left(other, dead(), text="kept"), left(other, "whoever")
    other.close()
    room.parts.upkeep.reap()
    assert (room.row(asked.answer.id).status, room.row(asked.answer.id).content) == (
        "interrupted",
        "kept",
    )
    assert room.row(waiting.answer.id).status == "queued"


def test_other_processes_follow_and_those_that_start_know_it_at_once(rooms: Rooms) -> None:
    room, other = rooms(), rooms()
    switch(room, on=True)
    until(lambda: other.parts.read_only.state.is_on)
    assert other.parts.read_only.state == room.parts.read_only.state
    with pytest.raises(ReadOnly):
        other.send("q")
    new = runtime.put_together(room.settings)
    assert new.read_only.state.line == LINE
    with pytest.raises(ReadOnly), new.database.transaction():
        pass
    new.start()
    new.close()
    switch(other, on=False)
    until(lambda: not room.parts.read_only.state.is_on)


def mode(database: Database, room: Room) -> ReadOnlyMode:
    """Of another process, which has looked as often as it does until nobody writes."""
    other = ReadOnlyMode(database, room.parts.news, room.parts.metrics, room.parts.read_only.now)
    other.look()
    return other


def test_switched_back_by_another_it_is_as_it_was(rooms: Rooms) -> None:
    """The text that is kept is the same before and after; what is here is not."""
    room = rooms()
    switch(room, on=True)
    switch(room, on=False)
    other = mode(Database(room.settings.database_url), room)
    other.switch(room.parts.identities.local, on=True)
    switch(room, on=False)
    other.look()
    assert not other.state.is_on
    other.database.close()


def test_what_is_damaged_is_said_once_and_writing_goes_on(
    rooms: Rooms, caplog: pytest.LogCaptureFixture
) -> None:
    room = rooms()
    with room.database.transaction() as db:
        kept.put(db, name=maintenance.NAME, value="{")
    other = mode(Database(room.settings.database_url), room)
    for _ in range(3):
        other.look()
    assert not other.state.is_on
    assert caplog.text.count("cannot be read, so it is off") <= 2, "here, and in the room"
    other.database.close()


def test_only_administrators_switch_it_and_lines_are_short(room: Room) -> None:
    ann = Identity("ann", "ann", "Ann", "user", room.parts.identities.mode)
    with pytest.raises(Forbidden):
        room.parts.read_only.switch(ann, on=True)
    with pytest.raises(Refused):
        room.parts.read_only.switch(room.parts.identities.local, on=True, line="x" * 301)
    assert not room.parts.read_only.state.is_on


def test_what_began_and_ended_between_two_looks_has_ended(room: Room) -> None:
    looks, ended, parts = list[int](), list[int](), room.parts
    database = Database(room.settings.database_url)

    class Mode(ReadOnlyMode):
        def look(self) -> None:
            looks.append(1)
            if len(looks) == 3:
                for on in (True, False):
                    self.switch(parts.identities.local, on=on)
            super().look()

    mode, loop = Mode(database, parts.news, parts.metrics, parts.read_only.now), Loop()
    loop.start()
    loop.spawn(mode.run(loop, ended=lambda: ended.append(1)))
    until(lambda: len(looks) > 5)
    loop.close(_nothing)
    loop.wait()
    database.close()
    assert len(ended) == 1


def test_removing_upkeep_pauses_quietly(
    room: Room, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(upkeep, "REAP_SECONDS", 0.01)
    monkeypatch.setattr(upkeep, "EXPIRE_SECONDS", 0.01)
    switch(room, on=True)
    reaped: list[int] = []
    tidied: list[int] = []
    monkeypatch.setattr(Upkeep, "reap", lambda self: reaped.append(1))

    def tidy() -> None:
        tidied.append(1)
        raise ReadOnly.saying("It began at this very moment.")

    loop = Loop()
    loop.start()
    caplog.clear()
    changes: dict[str, Any] = {"loop": loop, "tidy_files": tidy, "warm_ups": ()}
    loop.spawn(replace(room.parts.upkeep, **changes).run())
    until(lambda: len(reaped) > 3)
    assert tidied == []
    switch(room, on=False)
    until(lambda: len(tidied) > 1)
    assert [one.getMessage() for one in caplog.records if one.name == "parley.upkeep"] == []
    loop.close(_nothing)
    loop.wait()


async def _nothing() -> None:
    pass
