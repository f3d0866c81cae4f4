"""Answers that ask somebody outlive whoever wrote them, and end at last."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from sqlalchemy import update

from store.tables import messages as table
from store.types import utc_now
from tests.chat.conftest import Room
from tests.chat.turns.asking import KEY, SECRET, asked, decide, steal, waits
from tests.model_script import Script, Text
from tests.social_server import SocialServer


@pytest.fixture
def room(open_room: Callable[..., Room]) -> Room:
    """The usual one, whose assistant reaches out."""
    return open_room()


def test_after_an_hour_it_is_refused_by_itself(
    open_room: Callable[..., Room], outside: SocialServer
) -> None:
    clock = [utc_now()]

    def now() -> datetime:
        return clock[0]

    room = open_room(now=now)
    answer = asked(room, steal(outside))
    clock[0] += timedelta(minutes=59)
    room.parts.upkeep.reap()
    assert room.row(answer.id, "open").asks
    room.model.queue(Script([Text("Nobody was there.")]))
    clock[0] += timedelta(minutes=2)
    room.parts.upkeep.reap()
    assert room.ended(answer.id, "open").content == "Nobody was there."
    assert outside.asked == []


def test_the_question_outlives_the_process(
    open_room: Callable[..., Room], outside: SocialServer
) -> None:
    first = open_room()
    answer = asked(
        first, Script([Text("Look."), *steal(outside).steps], finish_reason="tool_calls")
    )
    first.close()
    second = open_room()
    second.parts.upkeep.reap()
    assert waits(second, answer.id) == answer
    second.model.queue(Script([Text("There.")]))
    decide(second, answer, "once")
    ended = second.ended(answer.id, "open")
    assert (ended.status, ended.content) == ("complete", "Look.\n\nThere.")
    assert outside.asked == [f"/steal?d={SECRET}"]


def test_what_was_decided_while_a_process_ends_is_done_by_the_next(
    open_room: Callable[..., Room], outside: SocialServer
) -> None:
    first = open_room()
    answer = asked(first, steal(outside))
    first.close()
    decide(first, answer, "once")
    assert first.row(answer.id, "open").status == "queued"
    second = open_room()
    second.model.queue(Script([Text("There.")]))
    second.parts.upkeep.reap()
    assert second.ended(answer.id, "open").content == "There."
    assert outside.asked == [f"/steal?d={SECRET}"]


def test_a_continued_answer_can_ask_too(room: Room, outside: SocialServer) -> None:
    half = room.send("hi", Text("Half"), session_id="open").answer
    room.ended(half.id, "open")
    room.model.queue(steal(outside))
    again = room.turns.answer_again(KEY, half.id, continued=True)
    answer = waits(room, again.id)
    room.model.queue(Script([Text(" whole")]))
    decide(room, answer, "refuse")
    assert room.ended(answer.id, "open").content == "Half whole"
    sent = [m["content"] for m in room.model.requests[-1].body["messages"] if m["role"] != "system"]
    assert sent[:2] == ["hi", "Half"]
    assert sent[2].startswith("Continue")


def test_damage_ends_it_with_words(room: Room, outside: SocialServer) -> None:
    answer = asked(room, steal(outside))
    with room.database.transaction() as db:
        db.execute(update(table).where(table.c.id == answer.id).values(paused={"calls": 3}))
    decide(room, answer, "once")
    ended = room.ended(answer.id, "open")
    assert (ended.status, ended.error_code) == ("error", "cannot_go_on")
