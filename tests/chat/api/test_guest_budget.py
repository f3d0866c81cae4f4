"""A demo over HTTP: new cookies, models that nobody listed, answers without an end, MCP servers."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from chat.people.identity import GUEST_COOKIE
from chat.runtime import Runtime
from store import messages, sessions
from store.values import PersonaDraft, SessionKey
from tests.chat.api.client import Client, Reply
from tests.chat.api.conftest import MINE, running, served
from tests.model_script import Call, Script, Text
from tests.scripted_model import ScriptedModel

DEAR = "gpt-5-pro-most-expensive"


class Demo:
    """A server for guests and the model that it asks."""

    def __init__(self, url: str, parts: Runtime, model: ScriptedModel) -> None:
        self.url = url
        self.parts = parts
        self.model = model

    def guest(self) -> Client:
        """A browser that has no cookie yet, after its first page."""
        cookie = f"{GUEST_COOKIE}={self.parts.identities.guest_cookie()}"
        return Client(self.url, {"Cookie": cookie, "X-Requested-With": "fetch"})

    @property
    def asked(self) -> set[str]:
        """The models that the server of models was asked for."""
        return {record.body["model"] for record in self.model.requests}


Demos = Callable[..., Demo]


@pytest.fixture
def demos(tmp_path: Path, scripted: ScriptedModel) -> Iterator[Demos]:
    scripted.reset()
    with ExitStack() as opened:

        def make(**changes: Any) -> Demo:
            parts = opened.enter_context(running(tmp_path, scripted, auth="guest", **changes))
            return Demo(opened.enter_context(served()), parts, scripted)

        yield make
    scripted.reset()


def send(guest: Client, session_id: str = "one", **more: Any) -> Reply:
    return guest.post(f"{MINE}/{session_id}/messages", {"content": "hi", "new_session": {}, **more})


def test_many_cookies_of_one_address_are_one_guest(demos: Demos) -> None:
    demo = demos(guest_messages_per_hour=3)
    replies = [send(demo.guest()) for _ in range(10)]
    assert [reply.status for reply in replies] == [200] * 3 + [429] * 7
    refused = replies[-1]
    assert refused.error == "too_many"
    assert 0 < int(refused.headers["Retry-After"]) <= 3600
    assert "Go on in" in refused.json["error"]["fix"]
    assert len(demo.model.requests) == 3


def test_models_that_nobody_listed(demos: Demos) -> None:
    demo = demos()
    guest = demo.guest()
    assert send(guest).status == 200
    for reply in (
        guest.ask("PATCH", f"{MINE}/one", {"model": DEAR}),
        guest.post(MINE, {"session_id": "two", "model": DEAR}),
        send(guest, model=DEAR),
        send(guest, "three", model=DEAR),
        send(guest, "three", new_session={"model": DEAR}),
    ):
        assert (reply.status, reply.error) == (422, "invalid_input"), reply.body
        assert reply.json["error"]["field"] == "model"
        assert "scripted-1" in reply.json["error"]["fix"]
    assert guest.get(f"{MINE}/three").status == 404
    assert guest.ask("PATCH", f"{MINE}/one", {"model": "scripted-1"}).status == 200
    assert send(guest, model="").status == 200
    assert demo.asked == {"scripted-1"}
    assert guest.get("/models").json == [{"id": "scripted-1", "is_default": True}]


def test_those_that_are_listed(demos: Demos) -> None:
    demo = demos(guest_models=("small", "scripted-1"))
    guest = demo.guest()
    assert send(guest, model="small").status == 200
    assert send(guest, model=DEAR).status == 422
    assert send(guest, "two").status == 200
    assert demo.asked == {"small", "scripted-1"}


def test_a_default_that_is_not_listed_is_not_asked(demos: Demos) -> None:
    demo = demos(guest_models=("small",))
    guest = demo.guest()
    assert send(guest).status == 200
    assert send(guest, model="scripted-1").status == 422
    assert demo.asked == {"small"}


def test_what_was_chosen_before_the_list_was_another(demos: Demos) -> None:
    demo = demos()
    guest = demo.guest()
    assert send(guest).status == 200
    with demo.parts.database.transaction() as db:
        key = SessionKey(guest.get("/users/me").json["id"], "one")
        sessions.change(db, key, model=DEAR)
    assert send(guest).status == 200
    assert demo.asked == {"scripted-1"}


def test_a_persona_of_ones_own_brings_no_model(demos: Demos) -> None:
    demo = demos()
    guest = demo.guest()
    assert send(guest).status == 200
    user = guest.get("/users/me").json["id"]
    draft = PersonaDraft("Mine", system_prompt="x", parameters={"max_tokens": 100_000})
    made = demo.parts.personas.create(user, draft)
    assert send(guest, "two", new_session={"persona": made.id}).status == 200
    assert demo.asked == {"scripted-1"}
    assert demo.model.requests[-1].body["max_tokens"] == 2_000


def test_no_answer_is_longer_than_allowed(demos: Demos) -> None:
    demo = demos(guest_answer_tokens=50)
    guest = demo.guest()
    demo.model.queue(Script([Text("word ") for _ in range(2_000)]))
    answer = send(guest).json["assistant"]
    assert demo.model.requests[0].body["max_tokens"] == 50
    assert len(answer["content"]) <= 50 * 4 * 4 + 10
    assert answer["status"] == "complete"


def test_no_more_goes_in_than_allowed(demos: Demos) -> None:
    demo = demos(guest_context_tokens=1_000)
    guest = demo.guest()
    for _ in range(4):
        assert send(guest, content="x" * 2_000).status == 200
    texts = [message["content"] for message in demo.model.requests[-1].body["messages"]]
    assert sum(map(len, texts)) <= 4 * 1_000 + 2_000


def test_no_more_steps_than_allowed(demos: Demos) -> None:
    demo = demos(guest_agent_steps=2)
    guest = demo.guest()
    step = Script([Call("current_time")], finish_reason="tool_calls")
    demo.model.queue(step, step, step, step)
    send(guest)
    assert len(demo.model.requests) == 2


@pytest.mark.parametrize("allowed", [False, True])
def test_mcp_servers(demos: Demos, allowed: bool) -> None:
    demo = demos(guest_mcp=allowed, mcp={"one": {"command": "true"}})
    guest = demo.guest()
    guest_id = guest.get("/users/me").json["id"]
    wanted = PersonaDraft("Clerk", system_prompt="x", tools=("mcp:one",))
    persona = demo.parts.personas.create(guest_id, wanted).id
    asked = send(guest, new_session={"persona": persona}).json["assistant"]
    key = SessionKey(guest_id, "one")
    with demo.parts.database.reading() as db:
        answer = messages.get(db, key, message_id=asked["id"])
    prepared = demo.parts.runner.prepare(key, answer)
    assert prepared.job.servers == (("mcp:one",) if allowed else ())


def test_what_nobody_answers_is_counted_as_well(demos: Demos) -> None:
    guest = demos(guest_messages_per_hour=3).guest()
    long = send(guest, answer=False, content="x" * 8_001)
    assert (long.status, long.error) == (422, "invalid_input")
    noted = [send(guest, answer=False, role="assistant") for _ in range(4)]
    assert [reply.status for reply in noted] == [201, 201, 201, 429]
    assert send(guest).status == 429
