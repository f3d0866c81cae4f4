"""Calls of models that write no answer: titles and analyses."""

from __future__ import annotations

from chat.modes import MODES
from chat.people.identity import Identity
from chat.profiles.analyses import AnalysisRequest
from store.values import SessionKey
from tests.chat.conftest import SESSION, USER, Rooms
from tests.model_script import Script, Text
from tests.social_server import SocialServer
from tests.waiting import until


def test_titles_and_analyses_count_besides_answers(rooms: Rooms, outside: SocialServer) -> None:
    room = rooms(model_titles=True, **outside.settings())
    room.model.queue(Script([Text("Hi")]), Script([Text("A title")]))
    answer = room.send("q").answer
    room.watch(answer.id)
    until(lambda: room.session().title == "A title")
    who = Identity(USER, USER, "Me", "user", MODES["password"])
    (day,), whole = room.parts.usage.report(who, USER, "day", None, None)
    assert (day.answers, day.asides, day.without_tokens) == (1, 1, 0)
    assert (day.prompt_tokens, day.completion_tokens) == (14, 2)
    (persona,) = room.parts.usage.by(who, USER, "persona", None, None)
    assert (persona.key, persona.asides) == ("plain", 1)
    assert whole.prompt_tokens == 14
    key = SessionKey(USER, SESSION)
    analysis = room.parts.analyses.start(key, AnalysisRequest("bluesky", "ann"))
    until(lambda: analysis.log.closed)
    (model, *_), _ = room.parts.usage.report(who, USER, "model", None, None)
    assert model.asides > 1
    assert room.session().prompt_tokens == 7, "the chat has its answers' tokens"
