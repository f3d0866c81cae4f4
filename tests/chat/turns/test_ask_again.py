"""Another model or persona for one version of an answer; the session stays as it is."""

from __future__ import annotations

import pytest

from chat.errors import InvalidInput
from store.errors import Refused
from store.values import SessionKey
from tests.chat.conftest import SESSION, USER, Room
from tests.model_script import Pause, Script, Text

KEY = SessionKey(USER, SESSION)


def test_a_version_by_another_model_and_persona(room: Room) -> None:
    first = room.send("q").answer
    room.watch(first.id)
    before = room.session()
    new = room.turns.answer_again(KEY, first.id, model="scripted-2", persona="pirate")
    room.watch(new.id)
    body = room.model.requests[-1].body
    assert body["model"] == "scripted-2"
    assert body["messages"][0]["content"] == "You are a pirate."
    row = room.row(new.id)
    assert row.metadata.persona is not None
    assert row.metadata.persona.id == "pirate"
    assert row.versions == (first.id, new.id)
    after = room.session()
    assert (after.model, after.persona) == (before.model, before.persona)
    room.watch(room.send("next").answer.id)
    body = room.model.requests[-1].body
    assert (body["model"], body["messages"][0]["content"]) == ("scripted-1", "You are plain.")


def test_it_holds_for_a_version_that_waits_and_for_what_goes_on(room: Room) -> None:
    first = room.send("q").answer
    room.watch(first.id)
    room.model.queue(Script([Text("busy"), Pause()]), Script([Text("Half"), Pause()]))
    busy = room.send("busy").answer
    room.stored(busy.id, "busy")
    waiting = room.turns.answer_again(KEY, first.id, model="scripted-2", persona="pirate")
    assert waiting.status == "queued"
    room.stop()
    room.stored(waiting.id, "Half")
    room.stop()
    room.ended(waiting.id)
    new = room.turns.answer_again(KEY, waiting.id, continued=True)
    room.watch(new.id)
    for record in room.model.requests[-2:]:
        assert record.body["model"] == "scripted-2"
        assert record.body["messages"][0]["content"] == "You are a pirate."
    plain = room.turns.answer_again(KEY, new.id)
    room.watch(plain.id)
    assert room.model.requests[-1].body["model"] == "scripted-1", "regenerated as the chat has it"


@pytest.mark.parametrize("persona", ["nobody", "own-nobody", "x" * 70, "' --"])
def test_a_persona_there_is_not_is_refused(room: Room, persona: str) -> None:
    first = room.send("q").answer
    room.watch(first.id)
    with pytest.raises(InvalidInput, match="no such persona"):
        room.turns.answer_again(KEY, first.id, persona=persona)
    with pytest.raises(Refused):
        room.turns.answer_again(KEY, first.id, model="m" * 201)
    assert len(room.branch()) == 2
