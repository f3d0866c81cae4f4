"""Scripted web servers on the loop of a test, and a web that finds them under any name."""

from __future__ import annotations

import asyncio
import gzip
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from typing import Any

import pytest

from chat.config import Settings
from chat.web.pages import Page, PageLimits, WebError
from chat.web.web import Web

USUAL = PageLimits()
Answer = bytes | Callable[[asyncio.StreamWriter], Awaitable[None]]


def answer(status: int = 200, body: bytes = b"", **headers: str) -> bytes:
    """A whole response."""
    lines = [f"HTTP/1.1 {status} Whatever", f"Content-Length: {len(body)}"]
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    return "\r\n".join([*lines, "", ""]).encode() + body


def packed(body: bytes) -> bytes:
    """A whole response, gzipped."""
    return answer(200, gzip.compress(body), Content_Encoding="gzip")


class Site:
    """Gives its answers in turn, the last one for ever; ``asked`` are the requests as texts."""

    def __init__(self, *answers: Answer) -> None:
        self.answers = list(answers)
        self.asked: list[str] = []
        self.connections = 0
        self.port = 0
        self.url = ""
        self._tasks: set[asyncio.Task[Any]] = set()

    async def handle(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        task = asyncio.current_task()
        assert task
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        try:
            while head := await reader.readuntil(b"\r\n\r\n"):
                self.asked.append(head.decode("latin-1"))
                step = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
                if isinstance(step, bytes):
                    writer.write(step)
                    await writer.drain()
                else:
                    await step(writer)
                    return
        except (asyncio.IncompleteReadError, ConnectionError, asyncio.CancelledError):
            pass
        finally:
            writer.close()

    def header(self, name: str, number: int = -1) -> str | None:
        """A header of a request."""
        for line in self.asked[number].split("\r\n")[1:]:
            found, _, value = line.partition(":")
            if found.lower() == name.lower():
                return value.strip()
        return None

    @property
    def paths(self) -> list[str]:
        """What was asked for, in order."""
        return [head.split(" ")[1] for head in self.asked]

    async def end(self) -> None:
        """Leave nobody waiting."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)


@asynccontextmanager
async def served(*answers: Answer, tls: ssl.SSLContext | None = None) -> AsyncIterator[Site]:
    """A site on a free port of 127.0.0.1."""
    site = Site(*answers)
    server = await asyncio.start_server(site.handle, "127.0.0.1", 0, ssl=tls)
    site.port = server.sockets[0].getsockname()[1]
    site.url = f"http{'s' if tls else ''}://127.0.0.1:{site.port}"
    try:
        yield site
    finally:
        server.close()
        await site.end()
        await server.wait_closed()


class Naps:
    """What was waited for, without waiting."""

    def __init__(self) -> None:
        self.seconds: list[float] = []

    async def __call__(self, seconds: float) -> None:
        self.seconds.append(seconds)


class Names:
    """A resolver; each name has lists of addresses, used in turn, the last one for ever."""

    def __init__(self, **names: Sequence[Sequence[str]]) -> None:
        self.names = {name.replace("_", "."): list(turns) for name, turns in names.items()}
        self.asked: list[str] = []

    async def __call__(self, host: str, port: int) -> Sequence[str]:
        self.asked.append(host)
        turns = self.names.get(host)
        if turns is None:
            raise OSError("no such name")
        return turns.pop(0) if len(turns) > 1 else turns[0]


@asynccontextmanager
async def browsing(
    *, private: bool = True, limits: PageLimits = USUAL, **more: Any
) -> AsyncIterator[Web]:
    """A web that is closed in the end."""
    settings = Settings(private_addresses=private)
    web = Web(settings, limits=limits, **{"sleep": Naps(), **more})
    try:
        yield web
    finally:
        await web.aclose()


async def failure(getting: Awaitable[Page]) -> WebError:
    """The error that it ends with."""
    with pytest.raises(WebError) as caught:
        await getting
    assert caught.value.message
    return caught.value
