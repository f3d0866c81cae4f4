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
