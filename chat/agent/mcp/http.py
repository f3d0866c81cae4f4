"""The HTTP client with which an MCP server at an address is asked."""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import httpx2
from mcp.client.streamable_http import streamable_http_client

from chat.mcp_settings import McpServer

if TYPE_CHECKING:
    from mcp.client._transport import TransportStreams

BODY_MAX = 4 * 1024 * 1024
END_SECONDS = 1.0
SILENCE_SECONDS = 300.0


class ServerAddress:
    """Requests to the address; ``lost`` when it does not know our session any more."""

    def __init__(self, server: McpServer) -> None:
        self.lost = False
        self._status = 0
        self._server = server

    @property
    def problem(self) -> str:
        """The refusal in words, for people who look after Parley."""
        if self._status in (401, 403):
            return f"It does not let Parley in (HTTP {self._status}): look at its headers."
        return f"It answered with HTTP {self._status}." if self._status else ""

    @asynccontextmanager
    async def streams(self) -> AsyncGenerator[TransportStreams]:
        """A streamable HTTP transport. Redirects are followed within the server's origin only."""
        url = self._server.url
        assert url is not None
        address = url.get_secret_value()
        host = urlsplit(address).hostname or ""
        headers = {name: value.get_secret_value() for name, value in self._server.headers.items()}
        client = httpx2.AsyncClient(
            headers=headers,
            timeout=httpx2.Timeout(self._server.timeout, read=SILENCE_SECONDS),
            trust_env=not (host in ("localhost", "::1") or host.startswith("127.")),
            event_hooks={"request": [_hurry], "response": [self._look_at]},
        )
        line = streamable_http_client(address, http_client=client, max_sse_event_size=BODY_MAX)
        async with client, line as streams:
            yield streams

    async def _look_at(self, response: httpx2.Response) -> None:
        if response.status_code == 404 and "mcp-session-id" in response.request.headers:
            self.lost = True
        if response.request.method == "POST":
            self._status = response.status_code if response.status_code >= 400 else 0
        if response.headers.get("content-type", "").startswith("application/json"):
            assert isinstance(response.stream, httpx2.AsyncByteStream)
            response.stream = _Limited(response.stream)


async def _hurry(request: httpx2.Request) -> None:
    """A goodbye (DELETE) does not wait long for its answer."""
    if request.method == "DELETE":
        timeout = httpx2.Timeout(END_SECONDS).as_dict()
        request.extensions = {**request.extensions, "timeout": timeout}


class _Limited(httpx2.AsyncByteStream):
    """A body, as long as it is not too long."""

    def __init__(self, body: httpx2.AsyncByteStream) -> None:
        self._body = body

    async def __aiter__(self) -> AsyncIterator[bytes]:
        size = 0
        async for piece in self._body:
            size += len(piece)
            if size > BODY_MAX:
                raise httpx2.StreamError(f"more than {BODY_MAX:,} bytes")
            yield piece

    async def aclose(self) -> None:
        await self._body.aclose()
