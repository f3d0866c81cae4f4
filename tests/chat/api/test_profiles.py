"""Profile analyses over the API: streamed, stored under their session, not fetched twice."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from tests.chat.api.client import Event
from tests.chat.api.conftest import MINE, Api, running, scripted, served
from tests.model_script import Call, Script, Text, calls
from tests.scripted_model import ScriptedModel
from tests.social_server import SocialServer, post
from tests.waiting import until

pytestmark = pytest.mark.process

assert scripted
WORDS = json.dumps(
    {
        "products": [
            {"name": "Cursor", "category": "AI tools", "post_ids": ["a.bsky.social-1", "gone"]}
        ],
        "style": "Short. Dry.",
        "drivers": "Questions.",
    }
)
JSON = {"Accept": "application/json"}


@pytest.fixture(scope="module")
def social() -> Iterator[SocialServer]:
    with SocialServer() as server:
        yield server


@pytest.fixture(scope="module")
def _there(
    scripted: ScriptedModel, social: SocialServer, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Api]:
    folder = tmp_path_factory.mktemp("profiles")
    with running(folder, scripted, **social.settings()) as parts, served() as url:
        yield Api(url, parts, scripted)


@pytest.fixture
def api(_there: Api, social: SocialServer) -> Iterator[Api]:
    """A server whose sources are local; the accounts ``a`` and ``b`` are there."""
    _there.model.reset()
    social.reset()
    social.add("a.bsky.social", posts=[post("Cursor is fine", likes=3), post("A walk")])
    social.add("b.bsky.social", posts=[post("Nothing new")])
    yield _there
    social.reset()
    _there.model.reset()


def stream(api: Api, path: str, **body: Any) -> list[Event]:
    with api.stream("POST", f"{path}/profiles", body) as events:
        return list(events)


def test_an_analysis_is_streamed_and_stored(api: Api, social: SocialServer) -> None:
    path = api.make()
    api.model.queue(Script([Text(WORDS)]))
    events = stream(api, path, source="bluesky", handle="@A")
    assert [event.id for event in events] == list(range(1, len(events) + 1))
    stages = [event.data["content"].split()[0] for event in events if event.event == "status"]
    assert stages == ["Fetching", "Parsing", "Analyzing", "Done:"]
    assert [event.event for event in events[-2:]] == ["profile", "done"]
    result = events[-2].data
    assert (result["type"], result["handle"], result["post_count"]) == (
        "profile",
        "a.bsky.social",
        2,
    )
    assert result["asked"]["products"] == [
        {"name": "Cursor", "category": "AI tools", "post_ids": ["a.bsky.social-1"]}
    ]
    assert events[-1].data["status"] == "complete"
    (stored,) = api.get(f"{path}/profiles").json
    assert (stored["source"], stored["handle"]) == ("bluesky", "a.bsky.social")
    assert stored["result"]["computed"] == result["computed"]


def test_again_reads_the_stored_one_unless_asked(api: Api, social: SocialServer) -> None:
    path = api.make()
    stream(api, path, handle="a")
    fetched = sum(social.requests.values())
    events = stream(api, path, handle="@a.bsky.social")
    assert [event.event for event in events] == ["status", "profile", "done"]
    assert sum(social.requests.values()) == fetched
    stream(api, path, handle="a", again=True)
    assert sum(social.requests.values()) > fetched
    assert len(api.get(f"{path}/profiles").json) == 1


def test_plain_json_waits_for_the_stored_result(api: Api) -> None:
    path = api.make()
    reply = api.post(f"{path}/profiles", {"handle": "b"}, JSON)
    assert reply.status == 200
    assert reply.json == api.get(f"{path}/profiles").json[0]


@pytest.mark.usefixtures("tried_at_once")
def test_what_fails_says_why(api: Api, social: SocialServer) -> None:
    path = api.make()
    events = stream(api, path, source="bluesky", handle="nobody")
    assert [event.event for event in events[-2:]] == ["error", "done"]
    assert "There is no account" in events[-2].data["message"]
    assert events[-1].data["status"] == "error"
    social.fail(503, times=20)
    reply = api.post(f"{path}/profiles", {"source": "bluesky", "handle": "a"}, JSON)
    assert (reply.status, reply.error) == (502, "analysis_failed")
    assert api.get(f"{path}/profiles").json == []


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"handle": ""},
        {"handle": "a b"},
        {"handle": "../etc"},
        {"handle": "a", "source": "myspace"},
        {"handle": "a", "source": "feed"},
        {"handle": "a", "source": "file"},
        {"handle": "a", "source": "file", "file_name": "a.csv"},
        {"handle": 5},
        {"handle": "a", "again": "perhaps"},
        {"handle": "a\ud800"},
        {"handle": "x" * 501},
    ],
)
def test_what_cannot_be_analysed(api: Api, body: dict[str, Any]) -> None:
    path = api.make()
    reply = api.post(f"{path}/profiles", body)
    assert reply.status in (400, 422), reply.body
    assert reply.error
    assert api.get(f"{path}/profiles").json == []


def test_a_file(api: Api) -> None:
    path = api.make()
    content = (
        "id,text,created_at,likes\n1,Hello,2024-05-01T12:00:00Z,3\n2,Bye,2024-05-02T12:00:00Z,1\n"
    )
    events = stream(api, path, source="file", handle="mine", file_name="p.csv", content=content)
    assert events[-1].data["status"] == "complete"
    assert events[-2].data["post_count"] == 2
    assert api.get(f"{path}/profiles").json[0]["source"] == "file"


def test_it_goes_on_when_the_client_leaves(api: Api, social: SocialServer) -> None:
    path = api.make()
    social.gate.clear()
    with api.stream("POST", f"{path}/profiles", {"handle": "a"}) as events:
        events.until(lambda event: event.event == "status")
    social.gate.set()
    until(lambda: len(api.get(f"{path}/profiles").json) == 1)


def test_sessions_keep_theirs_apart_and_take_them_along(api: Api) -> None:
    one, other = api.make(), api.make()
    stream(api, one, handle="a")
    assert api.get(f"{other}/profiles").json == []
    assert api.delete(f"{one}?permanent=true").status == 200
    assert api.get(f"{one}/profiles").status == 404
    assert api.post(one.rpartition("/")[0], {"session_id": one.rpartition("/")[2]}).status == 201
    assert api.get(f"{one}/profiles").json == []


def test_a_session_that_is_not_there(api: Api) -> None:
    assert api.post(f"{MINE}/never/profiles", {"handle": "a"}).status == 404


def test_a_session_deleted_meanwhile(api: Api, social: SocialServer) -> None:
    path = api.make()
    social.gate.clear()
    with api.stream("POST", f"{path}/profiles", {"handle": "a"}) as events:
        events.until(lambda event: event.event == "status")
        assert api.delete(f"{path}?permanent=true").status == 200
        social.gate.set()
        rest = list(events)
    assert [event.event for event in rest[-2:]] == ["error", "done"]
    assert "This chat was deleted" in rest[-2].data["message"]


def test_a_message_that_asks_for_two_and_a_follow_up(api: Api, social: SocialServer) -> None:
    """The acceptance line of profile analysis, over the API."""
    path = api.make()
    model = api.model
    both = [Call("analyze_profile", f'{{"handle": "{h}"}}', f"c{h}", n) for n, h in enumerate("ab")]
    model.queue(calls(*both), Script([Text(WORDS)]), Script([Text(WORDS)]), Script([Text("A.")]))
    with api.stream(
        "POST", f"{path}/messages", {"content": "Analyze @a and @b, who mentions more AI tools?"}
    ) as answer:
        events = list(answer)
    assert sorted(e.data["handle"] for e in events if e.event == "profile") == [
        "a.bsky.social",
        "b.bsky.social",
    ]
    told = [(e.data["name"], e.data["state"], e.data["id"]) for e in events if e.event == "tool"]
    assert sorted(told) == sorted(
        ("analyze_profile", state, id_) for state in ("running", "done") for id_ in ("ca", "cb")
    )
    assert len(api.get(f"{path}/profiles").json) == 2
    fetched = sum(social.requests.values())
    pair = api.asked(path, words="And who walks more?")
    assert pair["assistant"]["status"] == "complete"
    system = model.requests[-1].body["messages"][0]["content"]
    assert "@a.bsky.social" in system
    assert "@b.bsky.social" in system
    assert sum(social.requests.values()) == fetched
    uses = api.get(f"{path}/messages").json[1]["tools_used"]
    assert [(use["name"], use["outcome"]) for use in uses] == [("analyze_profile", "done")] * 2
    assert {use["arguments"]["handle"] for use in uses} == {"a", "b"}
