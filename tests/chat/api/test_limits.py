"""Bodies that are too large, and a database that is away: a server of its own for each."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, suppress
from http.client import HTTPConnection
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from chat.runtime import Runtime
from tests.chat.api.client import Client, Reply
from tests.chat.api.conftest import MINE, running, served
from tests.scripted_model import ScriptedModel


@pytest.fixture
def small(tmp_path: Path, scripted: ScriptedModel) -> Iterator[tuple[Client, Runtime]]:
    """Parts that take messages of 1000 characters."""
    with running(tmp_path, scripted, message_max_chars=1000) as parts, served() as url:
        yield Client(url), parts


def in_pieces(client: Client, path: str, pieces: list[bytes]) -> Reply:
    """The answer to a body that says nothing of its length."""
    address = urlsplit(client.url)
    connection = HTTPConnection(address.hostname or "", address.port, timeout=20)
    with closing(connection):
        headers = {"Content-Type": "application/json"}
        with suppress(BrokenPipeError, ConnectionResetError):  # refused before all of it is sent
            connection.request("POST", f"/api{path}", iter(pieces), headers, encode_chunked=True)
        answer = connection.getresponse()
        return Reply(answer.status, answer.headers, answer.read())


def test_bodies_that_are_too_large(small: tuple[Client, Runtime]) -> None:
    client, _ = small
    for path, size in ((MINE, 270_000), (f"{MINE}/x/messages", 110_000)):
        for reply in (
            client.post(path, {"title": "x" * size}),
            in_pieces(client, path, [b'{"title": "', *[b"x" * 1000] * (size // 1000), b'"}']),
        ):
            assert (reply.status, reply.error) == (413, "too_large")
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
        assert file.name not in reply.body.decode()
        assert file.parent.name not in reply.body.decode()
    file.with_suffix(".away").rename(file)
    assert client.get(MINE).status == 200
    assert client.get("/health").status == 200
