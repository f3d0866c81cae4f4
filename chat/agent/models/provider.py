"""Where models are asked: the configured endpoint, a local server, or the built-in model.

What needs ``openai`` is imported when it is used, so that importing this costs nothing.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from contextlib import aclosing
from dataclasses import replace

from chat.agent.models.clients import Clients, import_openai
from chat.agent.models.endpoints import LOCAL_SERVERS, configured, first_chat_model
from chat.agent.models.failures import model_missing
from chat.agent.offline import OFFLINE, OFFLINE_MODEL
from chat.agent.types import Endpoint, ModelRequest, ModelStatus, Piece
from chat.config import Settings
from chat.errors import AgentError
from chat.events import Token

STALE_SECONDS = 30.0
LOOK_SECONDS = 0.3
FIRST_LOOK_SECONDS = 3.0


class Provider:
    """Knows the endpoint and its models, and asks them.

    ``status`` and ``stale`` may be called from any thread; all coroutines belong to one loop.
    """

    def __init__(
        self,
        settings: Settings,
        *,
        candidates: Sequence[Endpoint] = LOCAL_SERVERS,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], Awaitable[object]] = asyncio.sleep,
    ) -> None:
        self._settings = settings
        self._candidates = tuple(candidates) if settings.find_local_servers else ()
        self._clock = clock
        self._clients = Clients(settings, sleep)
        self._refreshing: asyncio.Task[None] | None = None
        self._read_at: float | None = None
        self._configured = configured(settings)
        self._status = self._first_status()

    def status(self) -> ModelStatus:
        """What is known now; never waits."""
        return self._status

    def stale(self, now: float) -> bool:
        """Whether the last look is older than 30 s at ``now`` (of the same clock), or missing."""
        return self._read_at is None or now - self._read_at > STALE_SECONDS

    async def refresh(self) -> None:
        """Look for local servers where none is configured, and read the model list again.

        Callers at the same time share one look. Failures go into ``status().problem``.
        """
        if self._refreshing is None or self._refreshing.done():
            self._refreshing = asyncio.create_task(self._refresh(), name="parley-models")
        await asyncio.shield(self._refreshing)

    async def answer(self, request: ModelRequest) -> AsyncGenerator[Piece]:
        """Stream an answer from the current endpoint; see `chat.agent.models.stream.answer`."""
        await self._first_look(request)
        status = self._status
        if not (request.model or status.default_model):
            await self.refresh()
            status = self._status
        if not (request.model or status.default_model):
            raise model_missing()
        client = await self._clients.get(status.endpoint)
        from chat.agent.models.stream import answer

        pieces = answer(
            client,
            request,
            default_model=status.default_model,
            silence_timeout=self._settings.silence_timeout,
        )
        async with aclosing(pieces):
            async for piece in pieces:
                yield piece

    async def complete(self, request: ModelRequest) -> str:
        """A short text, whole, for example a title; raises `AgentError` like `answer`."""
        async with aclosing(self.answer(request)) as pieces:
            return "".join([piece.content async for piece in pieces if isinstance(piece, Token)])

    async def warm_up(self) -> None:
        """Make the first question as fast as later ones: imports, parsing code, connection."""
        await asyncio.gather(self.refresh(), self._clients.rehearse())

    async def aclose(self) -> None:
        """Close all connections; answers that still run break off."""
        if self._refreshing is not None:
            self._refreshing.cancel()
            await asyncio.gather(self._refreshing, return_exceptions=True)
        await self._clients.aclose()

    async def _first_look(self, request: ModelRequest) -> None:
        """Wait, but not for long, until it is known where to ask."""
        known = self._configured and (request.model or self._settings.model)
        if known or self._read_at is not None:
            return
        try:
            async with asyncio.timeout(FIRST_LOOK_SECONDS):
                await self.refresh()
        except TimeoutError:
            pass

    async def _refresh(self) -> None:
        endpoint = self._configured
        names: tuple[str, ...] = ()
        problem = ""
        if endpoint:
            client = await self._clients.get(endpoint)
            from chat.agent.models.servers import model_names

            try:
                names = await model_names(client)
            except AgentError as error:
                problem = f"The list of models could not be read. {error}"
                names = self._status.models
        else:
            endpoint, names = await self._look_around()
        self._status = self._new_status(endpoint, names, problem)
        self._read_at = self._clock()

    async def _look_around(self) -> tuple[Endpoint, tuple[str, ...]]:
        """A local server, the one in use before any other; else the offline model."""
        if self._candidates:
            await import_openai()
            from chat.agent.models.servers import find_local

            found = await find_local(self._candidates, seconds=LOOK_SECONDS)
            found.sort(key=lambda pair: pair[0] != self._status.endpoint)
            if found:
                return found[0]
        return OFFLINE, (OFFLINE_MODEL,)

    def _first_status(self) -> ModelStatus:
        if self._configured:
            status = self._new_status(self._configured, (), "")
            return replace(status, looking=True)
        offline = self._new_status(OFFLINE, (OFFLINE_MODEL,), "")
        return replace(offline, looking=bool(self._candidates))

    def _new_status(self, endpoint: Endpoint, names: tuple[str, ...], problem: str) -> ModelStatus:
        return ModelStatus(endpoint, names, self._default_model(endpoint, names), problem)

    def _default_model(self, endpoint: Endpoint, names: tuple[str, ...]) -> str:
        if endpoint.kind == "offline":
            return OFFLINE_MODEL
        if self._settings.model or not names:
            return self._settings.model
        return first_chat_model(names)
