"""A client of the API over a real socket, and the streams it reads."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, field
from http.client import HTTPConnection, HTTPMessage, HTTPResponse
from typing import Any
from urllib.parse import urlsplit

TIMEOUT = 20.0
STREAM = {"Accept": "text/event-stream"}


@dataclass(frozen=True)
class Reply:
    """A whole answer; ``json`` is what its body says."""

    status: int
    headers: HTTPMessage
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def error(self) -> str:
        """The code of an error, whose shape is checked by the way."""
        assert set(self.json) == {"error"}
        assert {"code", "message", "fix"} <= set(self.json["error"]) <= ERROR_FIELDS
        code: str = self.json["error"]["code"]
        return code


ERROR_FIELDS = {"code", "message", "fix", "field"}


@dataclass
class Event:
    """One event as it came."""

    id: int | None
    event: str
    data: dict[str, Any]


@dataclass
class Stream:
    """An open stream; blocking reads end with the connection's time-out."""

    response: HTTPResponse
    comments: list[str] = field(default_factory=list)

    def __iter__(self) -> Iterator[Event]:
        lines: list[str] = []
        while raw := self.response.readline():
            line = raw.decode().rstrip("\n")
            if line.startswith(":"):
                self.comments.append(line)
            elif line:
                lines.append(line)
            elif lines:
                yield _parsed(lines)
                lines = []
        assert not lines, "the last event was cut"

    def until(self, found: Callable[[Event], bool]) -> list[Event]:
        """The events up to the first one that is meant, with it."""
        events = []
        for event in self:
            events.append(event)
            if found(event):
                return events
        raise AssertionError(f"never came among {events}")


def _parsed(lines: list[str]) -> Event:
    """Exactly the lines that were promised, in their order."""
    fields = dict(line.split(": ", 1) for line in lines)
    assert list(fields) in (["id", "event", "data"], ["event", "data"]), lines
    data = json.loads(fields["data"])
    assert data["type"] == fields["event"]
    assert next(iter(data)) == "type"
    return Event(int(fields["id"]) if "id" in fields else None, fields["event"], data)


def text(events: list[Event]) -> str:
    return "".join(event.data["content"] for event in events if event.event == "token")


class Client:
    """Asks one server, with the same headers each time."""

    def __init__(self, url: str, headers: dict[str, str] | None = None) -> None:
        self.url = url
        self.headers = headers or {}

    def ask(
        self, method: str, path: str, body: Any = None, headers: dict[str, str] | None = None
    ) -> Reply:
        """``body``: bytes as they are, anything else as JSON."""
        with self._open(method, path, body, headers) as response:
            return Reply(response.status, response.headers, response.read())

    def get(self, path: str, headers: dict[str, str] | None = None) -> Reply:
        return self.ask("GET", path, None, headers)

    def post(self, path: str, body: Any = None, headers: dict[str, str] | None = None) -> Reply:
        return self.ask("POST", path, body, headers)

    def patch(self, path: str, body: Any, headers: dict[str, str] | None = None) -> Reply:
        return self.ask("PATCH", path, body, headers)

    def delete(self, path: str, headers: dict[str, str] | None = None) -> Reply:
        return self.ask("DELETE", path, None, headers)

    @contextmanager
    def stream(
        self, method: str, path: str, body: Any = None, headers: dict[str, str] | None = None
    ) -> Iterator[Stream]:
        """An open stream; leaving the block cuts it."""
        with self._open(method, path, body, {**STREAM, **(headers or {})}) as response:
            assert response.status == 200, response.read()
            assert (response.getheader("content-type") or "").startswith("text/event-stream")
            yield Stream(response)

    @contextmanager
    def _open(
        self, method: str, path: str, body: Any, headers: dict[str, str] | None
    ) -> Iterator[HTTPResponse]:
        parts = urlsplit(self.url)
        connection = HTTPConnection(parts.hostname or "", parts.port, timeout=TIMEOUT)
        with closing(connection):
            sent = {**self.headers, **(headers or {})}
            if body is not None and not isinstance(body, bytes):
                body = json.dumps(body).encode()
                sent = {"Content-Type": "application/json", **sent}
            with suppress(
                BrokenPipeError, ConnectionResetError
            ):  # refused before all of it is sent
                connection.request(method, f"/api{path}", body, sent)
            yield connection.getresponse()
