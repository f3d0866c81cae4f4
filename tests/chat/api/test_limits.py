"""Bodies that are too large, and a database that is away: a server of its own for each."""

from __future__ import annotations

import json
import socket
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from chat.runtime import Runtime
from tests.chat.api.client import Client
from tests.chat.api.conftest import MINE, running, served
from tests.scripted_model import ScriptedModel


@pytest.fixture
def small(tmp_path: Path, scripted: ScriptedModel) -> Iterator[tuple[Client, Runtime]]:
    """Parts that take messages of 1000 characters."""
    with running(tmp_path, scripted, message_max_chars=1000) as parts, served() as url:
        yield Client(url), parts


def test_bodies_that_are_too_large(small: tuple[Client, Runtime]) -> None:
    client, _ = small
    reply = client.post(MINE, {"title": "x" * 110_000})
    assert (reply.status, reply.error) == (413, "too_large")
    address = urlsplit(client.url)
    with socket.create_connection((address.hostname, address.port), timeout=20) as raw:
        raw.sendall(
            f"POST /api{MINE} HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n"
            "Content-Type: application/json\r\n\r\n".encode()
        )
        for _ in range(105):
            raw.sendall(b"3e8\r\n" + b" " * 1000 + b"\r\n")
        answer = raw.makefile("rb").read()
    assert answer.startswith(b"HTTP/1.1 413 ")
    assert json.loads(answer.partition(b"\r\n\r\n")[2])["error"]["code"] == "too_large"
    path = f"{MINE}/{client.post(MINE).json['session_id']}"
    assert client.post(f"{path}/messages", {"content": "x" * 1001}).error == "invalid_input"
    assert client.post(f"{path}/messages", {"content": "😀" * 1000}).status == 200


def test_a_database_that_is_away(small: tuple[Client, Runtime]) -> None:
    client, parts = small
    file = parts.database.path
    assert file
    assert client.get("/health").json["database"] == "ok"
    file.rename(file.with_suffix(".away"))
    health = client.get("/health")
    assert health.status == 503
    assert health.json["database"] == health.json["status"] == "unavailable"
    for reply in (client.get(MINE), client.post(MINE, {}), client.delete(f"{MINE}/x")):
        assert (reply.status, reply.error) == (503, "storage_unavailable")
        assert "SELECT" not in reply.body.decode()
    file.with_suffix(".away").rename(file)
    assert client.get(MINE).status == 200
    assert client.get("/health").status == 200
