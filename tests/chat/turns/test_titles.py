"""Titles by the model: once, after the first answer, and never over the user's."""

from __future__ import annotations

import pytest

from chat.events import Title
from store import sessions
from store.values import SessionKey
from tests.chat.conftest import SESSION, USER, Room, Rooms, asked_of
from tests.model_script import Gate, Script, Text, numbered
from tests.waiting import until

ASK = "Give this conversation a title"


def titles_asked(room: Room) -> int:
    return sum(texts[-1].startswith(ASK) for texts in asked_of(room.model))


def rename(room: Room, title: str) -> None:
    with room.database.transaction() as db:
        sessions.change(db, SessionKey(USER, SESSION), title=title)


def test_the_model_s_title_comes_once(rooms: Rooms) -> None:
    room = rooms(model_titles=True)
    room.model.queue(Script(numbered(1)), Script([Text(' "**Good'), Text(' title**"\n')]))
    seen = room.watch(room.send("A question").answer.id)
    assert Title("A question") in seen.events
    until(lambda: room.session().title_source == "model")
    assert room.session().title == "Good title"
    assert room.model.requests[1].body["model"] == "scripted-1"
    room.watch(room.send("more").answer.id)
    room.watch(room.again(room.branch()[1].id).id)
    room.watch(room.send("even more").answer.id)
    assert titles_asked(room) == 1
    assert room.session().title == "Good title"


def test_whoever_looks_is_told_that_something_changed(rooms: Rooms) -> None:
    room = rooms(model_titles=True)
    gate = Gate()
    room.model.queue(Script(numbered(1)), Script([gate, Text("T")]))
    room.watch(room.send("q").answer.id)
    room.model.wait(lambda records: len(records) == 2)
    before = room.turns.runner.news.number
    gate.opened.set()
    until(lambda: room.turns.runner.news.number > before)
    assert room.session().title == "T"


def test_nobody_asks_where_it_is_not_wanted(room: Room) -> None:
    room.watch(room.send("q").answer.id)
    room.watch(room.send("r").answer.id)
    assert titles_asked(room) == 0
    assert (room.session().title, room.session().title_source) == ("q", "auto")


def test_a_title_that_the_user_gave_stays(rooms: Rooms) -> None:
    room = rooms(model_titles=True)
    rename(room, "Mine")
    seen = room.watch(room.send("q").answer.id)
    assert not any(isinstance(event, Title) for event in seen.events)
    room.watch(room.send("r").answer.id)
    assert titles_asked(room) == 0
    assert room.session().title == "Mine"


def test_a_title_that_the_user_gives_meanwhile_stays(rooms: Rooms) -> None:
    room = rooms(model_titles=True)
    gate = Gate()
    room.model.queue(Script(numbered(1)), Script([gate, Text("Model's")]))
    room.watch(room.send("q").answer.id)
    room.model.wait(lambda records: len(records) == 2)
    rename(room, "Mine")
    changes = room.turns.runner.news.number
    gate.opened.set()
    until(lambda: room.turns.runner.news.number > changes)
    assert (room.session().title, room.session().title_source) == ("Mine", "user")


@pytest.mark.parametrize(
    "script",
    [Script(status=500), Script([Text(' "" ')]), Script(()), Script([Text("x\x00")])],
    ids=["500", "blank", "nothing", "NUL"],
)
def test_without_a_title_the_first_words_stay(
    rooms: Rooms, script: Script, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO", "parley.turns")
    room = rooms(model_titles=True)
    room.model.queue(Script(numbered(1)), script)
    room.watch(room.send("q").answer.id)
    until(lambda: "no title by the model" in caplog.text)
    assert (room.session().title, room.session().title_source) == ("q", "auto")


def test_a_long_title_is_cut(rooms: Rooms) -> None:
    room = rooms(model_titles=True)
    room.model.queue(Script(numbered(1)), Script([Text("word " * 100)]))
    room.watch(room.send("q").answer.id)
    until(lambda: room.session().title_source == "model")
    assert len(room.session().title) <= 100


def test_an_answer_that_failed_gets_no_title(rooms: Rooms) -> None:
    room = rooms(model_titles=True)
    room.model.queue(Script(status=500))
    failed = room.send("q")
    room.watch(failed.answer.id)
    room.model.queue(Script(numbered(1)), Script([Text("T")]))
    room.watch(room.again(failed.answer.id).id)
    until(lambda: room.session().title_source == "model")
    assert (room.session().title, titles_asked(room)) == ("T", 1)
