"""Requests as a server hands them over, and what comes back; the app behind the door is tiny."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

import pytest
from starlette.applications import Starlette

from chat.config import Settings
from chat.people.identity import GUEST_COOKIE, Identities
from chat.server.doors import Doors
from chat.server.headers import SafeHeaders
from chat.server.startup import Startup
from store.database import Database

PAGE = {"content-type": "text/html; charset=utf-8"}
JSON = {"content-type": "application/json"}
ELSEWHERE = "192.0.2.7"
HERE = "127.0.0.1:8501"
NO_PAGES = {"api", "_stcore", "static", "component", "media", "auth"}
HASH = "'sha256-0='"


@dataclass
class Reply:
    status: int = 0
    headers: list[tuple[str, str]] = field(default_factory=list)
    body: bytes = b""
    sent: list[dict[str, Any]] = field(default_factory=list)
    client: Any = None

    def header(self, name: str) -> str:
        return ", ".join(value for key, value in self.headers if key == name)

    @property
    def cookie(self) -> str:
        found = re.match(rf"{GUEST_COOKIE}=([^;]+)", self.header("set-cookie"))
        return found[1] if found else ""


class App:
    """Answers with what it was told to, in two pieces; remembers which paths came through."""

    def __init__(self, status: int, headers: dict[str, str]) -> None:
        self.status = status
        self.headers = [(k.encode(), v.encode()) for k, v in headers.items()]
        self.came: list[str] = []
        self.client: Any = None

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        self.came.append(scope.get("path", scope["type"]))
        self.client = scope.get("client")
        if scope["type"] == "http":
            start = {"type": "http.response.start", "status": self.status}
            await send({**start, "headers": list(self.headers)})
            await send({"type": "http.response.body", "body": b"one", "more_body": True})
            await send({"type": "http.response.body", "body": b"two"})
        elif scope["type"] == "websocket":
            await send({"type": "websocket.accept"})


@pytest.fixture
def database(sqlite_url: str) -> Iterator[Database]:
    opened = Database(sqlite_url)
    opened.open()
    yield opened
    opened.close()


@dataclass
class Door:
    """A door in front of an app; ``ask`` is one request."""

    settings: Settings
    identities: Identities

    def started(self) -> Startup:
        parts: Any = SimpleNamespace(settings=self.settings, identities=self.identities)
        startup = Startup(lambda _: parts, Starlette)
        startup.begin(self.settings)
        return startup

    def ask(
        self,
        path: str = "/",
        *,
        kind: str = "http",
        client: str | None = "127.0.0.1",
        method: str = "GET",
        scheme: str = "http",
        status: int = 200,
        answers: dict[str, str] | None = None,
        **headers: str,
    ) -> Reply:
        reply, app = Reply(), App(status, answers or PAGE)
        given = {"host": HERE, **{k.replace("_", "-"): v for k, v in headers.items()}}
        scope = {
            "type": kind,
            "path": path,
            "method": method,
            "scheme": scheme,
            "client": client and (client, 50000),
            "headers": [(k.encode(), v.encode("latin-1")) for k, v in given.items()],
        }

        async def send(message: Any) -> None:
            reply.sent.append(message)
            if message["type"] == "http.response.start":
                reply.status = message["status"]
                reply.headers = [(k.decode(), v.decode()) for k, v in message["headers"]]
            reply.body += message.get("body", b"")

        started = self.started()
        door = Doors(app, started, NO_PAGES)
        whole = SafeHeaders(door, [HASH], lambda: started.settings.frame_ancestors)
        asyncio.run(whole(scope, None, send))  # type: ignore[arg-type]
        reply.client = app.client
        return reply

    def opens(self, **more: Any) -> bool:
        """Whether a WebSocket is accepted; refused means closed before that."""
        sent = self.ask("/_stcore/stream", kind="websocket", scheme="ws", **more).sent
        accepted, refused = {"type": "websocket.accept"}, {"type": "websocket.close", "code": 1008}
        assert sent in ([accepted], [refused])
        return sent == [accepted]


@pytest.fixture
def make(database: Database, sqlite_url: str) -> Any:
    def door(auth: Any = "", **more: Any) -> Door:
        settings = Settings(database_url=sqlite_url, auth=auth, **more)
        return Door(settings, Identities(settings, database))

    return door
