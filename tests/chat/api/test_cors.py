"""Front ends of other origins, in a browser: those that were named, and no other."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.chat.api.client import Client, Reply
from tests.chat.api.conftest import MINE, running, served
from tests.scripted_model import ScriptedModel

NAMED, FOREIGN = "http://localhost:3000", "https://evil.example"
ALLOWED = "Access-Control-Allow-Origin"


@pytest.fixture
def client(tmp_path: Path, model: ScriptedModel) -> Iterator[Client]:
    with running(tmp_path, model, cors_origins=NAMED), served() as url:
        yield Client(f"{url}/api")


def preflight(client: Client, origin: str, method: str = "POST") -> Reply:
    headers = {
        "Origin": origin,
        "Access-Control-Request-Method": method,
        "Access-Control-Request-Headers": "authorization, content-type, idempotency-key",
    }
    return client.ask("OPTIONS", MINE, None, headers)


def test_a_named_front_end_asks_first_and_then_reads_and_writes(client: Client) -> None:
    for method in ("POST", "PATCH", "DELETE"):
        first = preflight(client, NAMED, method)
        assert (first.status, first.headers[ALLOWED]) == (200, NAMED)
    made = client.post(MINE, {"title": "From afar"}, {"Origin": NAMED})
    assert (made.status, made.headers[ALLOWED]) == (201, NAMED)
    assert "ETag" in made.headers["Access-Control-Expose-Headers"]
    assert made.headers["Access-Control-Allow-Credentials"] == "true"
    missing = client.get(f"{MINE}/none", {"Origin": NAMED})
    for one in (made, missing, client.get(MINE), client.get(MINE, {"Origin": FOREIGN})):
        assert "Origin" in one.headers["Vary"], "whatever keeps answers keeps one for each origin"
    assert (missing.error, missing.headers[ALLOWED]) == ("session_not_found", NAMED)


def test_others_are_told_nothing(client: Client) -> None:
    assert preflight(client, FOREIGN).headers[ALLOWED] is None
    assert client.get(MINE, {"Origin": FOREIGN}).headers[ALLOWED] is None
    assert client.post(MINE, {}, {"Origin": FOREIGN}).error == "csrf"
    assert client.get(MINE).json == []


def test_without_the_setting_there_are_none(tmp_path: Path, model: ScriptedModel) -> None:
    with running(tmp_path, model), served() as url:
        client = Client(f"{url}/api")
        assert preflight(client, NAMED).headers[ALLOWED] is None
        assert client.post(MINE, {}, {"Origin": NAMED}).error == "csrf"


def test_a_stream_is_read_too_and_others_do_not_begin_one(client: Client) -> None:
    asked = {"content": "hi", "new_session": {}}
    headers = {"Origin": NAMED, "Accept": "text/event-stream"}
    answer = client.post(f"{MINE}/far/messages", asked, headers)
    assert (answer.status, answer.headers[ALLOWED]) == (200, NAMED)
    assert answer.headers["Content-Type"].startswith("text/event-stream")
    assert b"event: done" in answer.body
    refused = client.post(f"{MINE}/other/messages", asked, {**headers, "Origin": FOREIGN})
    assert (refused.error, refused.headers[ALLOWED]) == ("csrf", None)
    for near in (
        "null",
        f"{NAMED}.evil.example",
        f"{NAMED}0",
        NAMED.upper(),
        "https://localhost:3000",
    ):
        assert preflight(client, near).headers[ALLOWED] is None, near
