"""Where models are asked: the configured endpoint, a local server, or the built-in model.

What needs ``openai`` is imported when it is used, so that importing this costs nothing.
"""

from __future__ import annotations

import asyncio
import importlib
import time
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import aclosing, suppress
from dataclasses import replace
from typing import TYPE_CHECKING

from chat.agent.models.endpoints import LOCAL_SERVERS, ModelList, configured, first_chat_model
from chat.agent.models.failures import model_missing
from chat.agent.models.metering import Metering, on_terms
from chat.agent.offline import OFFLINE, OFFLINE_MODEL
from chat.agent.types import Endpoint, ModelRequest, ModelStatus, PicturesRefused, Piece
from chat.config import Settings
from chat.errors import AgentError
from chat.events import Token
from chat.prices import price_of

if TYPE_CHECKING:
    from chat.agent.models.servers import Clients

STALE_SECONDS = 30.0
FIRST_LOOK_SECONDS = 3.0


class Provider:
    """Knows the endpoint and its models, and asks them.

    ``status`` and ``stale`` may be called from any thread; all coroutines belong to one loop.
    ``changed`` is told when the status is another.
    """

    def __init__(
        self,
        settings: Settings,
        *,
        changed: Callable[[], None] = lambda: None,
        candidates: Sequence[Endpoint] = LOCAL_SERVERS,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._settings = settings
        self._candidates = tuple(candidates) if settings.find_local_servers else ()
        self._changed = changed
        self._clock = clock
        self._clients: Clients | None = None
        self._blind: set[tuple[str, str]] = set()
        self._refreshing: asyncio.Task[None] | None = None
        self._read_at: float | None = None
        self._configured = configured(settings)
        names = () if self._configured else (OFFLINE_MODEL,)
        first = self._known(self._configured or OFFLINE, ModelList(names))
        self._status = replace(first, looking=bool(self._configured or self._candidates))
        self._looked = asyncio.Event()
        if not self._status.looking:
            self._looked.set()

    def status(self) -> ModelStatus:
        """What is known now; never waits."""
        return self._status

    async def looked(self) -> ModelStatus:
        """What is known as soon as somebody has looked; looks nowhere itself."""
        await self._looked.wait()
        return self._status

    def sees(self, model: str) -> bool | None:
        """Whether a model (empty: the default one) takes pictures; None: it has to be tried."""
        status = self._status
        return self._sees(status.endpoint, model or status.default_model)

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
        """Stream an answer from the current endpoint; see `chat.agent.models.stream.answer`.

        On the request's terms, and what it costs is added to its bill, also when it breaks off.
        """
        if request.terms.offline:
            endpoint, asked = OFFLINE, on_terms(request, OFFLINE_MODEL)
        else:
            await self._first_look(request)
            if not on_terms(request, self._status.default_model).model:
                await self.refresh()
            status = self._status
            endpoint, asked = status.endpoint, on_terms(request, status.default_model)
        if not asked.model:
            raise model_missing()
        clients = await self._asking()
        price = price_of(self._settings.prices, asked.model)
        sees = self._sees(endpoint, asked.model) is not False
        answer = clients.answer(endpoint, asked, asked.model, sees)
        metering = Metering(asked, price, is_free=endpoint.kind == "offline")
        async with aclosing(metering.metered(answer)) as pieces:
            async for piece in pieces:
                if isinstance(piece, PicturesRefused) and piece.by_model:
                    self._blind.add((endpoint.base_url, asked.model))
                yield piece

    async def complete(self, request: ModelRequest) -> str:
        """A short text, whole, for example a title; raises `AgentError` like `answer`."""
        async with aclosing(self.answer(request)) as pieces:
            return "".join([piece.content async for piece in pieces if isinstance(piece, Token)])

    async def warm_up(self) -> None:
        """Make the first question as fast as later ones: imports, parsing code, connection."""
        clients = await self._asking()
        await asyncio.gather(self.refresh(), clients.rehearse())

    async def aclose(self) -> None:
        """Close all connections; answers that still run break off."""
        if self._refreshing is not None:
            self._refreshing.cancel()
            await asyncio.gather(self._refreshing, return_exceptions=True)
        if self._clients is not None:
            await self._clients.aclose()

    async def _asking(self) -> Clients:
        """Made in a thread, so that running answers do not wait half a second for ``openai``."""
        if self._clients is None:
            await asyncio.to_thread(importlib.import_module, "chat.agent.models.servers")
            from chat.agent.models.servers import Clients

            self._clients = self._clients or Clients(self._settings)
        return self._clients

    async def _first_look(self, request: ModelRequest) -> None:
        """Wait, but not for long, until it is known where to ask."""
        known = self._configured and (request.model or self._settings.model)
        if known or self._read_at is not None:
            return
        with suppress(TimeoutError):
            async with asyncio.timeout(FIRST_LOOK_SECONDS):
                await self.refresh()

    async def _refresh(self) -> None:
        endpoint = self._configured
        problem = code = ""
        if endpoint:
            try:
                found = await (await self._asking()).models(endpoint)
            except AgentError as error:
                problem, code = f"The list of models could not be read. {error}", error.code
                found = ModelList(self._status.models, self._status.sees)
        else:
            endpoint, found = await self._look_around()
        before, self._status = self._status, self._known(endpoint, found, problem, code)
        self._read_at = self._clock()
        self._looked.set()
        if self._status != before:
            self._changed()

    async def _look_around(self) -> tuple[Endpoint, ModelList]:
        """A local server, the one in use before any other; else the offline model."""
        if self._candidates:
            await self._asking()
            from chat.agent.models.servers import find_local

            found = await find_local(self._candidates)
            found.sort(key=lambda pair: pair[0] != self._status.endpoint)
            if found:
                return found[0]
        return OFFLINE, ModelList((OFFLINE_MODEL,))

    def _sees(self, endpoint: Endpoint, model: str) -> bool | None:
        if endpoint.kind == "offline" or (endpoint.base_url, model) in self._blind:
            return False
        known = self._status
        return known.sees.get(model) if known.endpoint == endpoint else None

    def _known(
        self, endpoint: Endpoint, found: ModelList, problem: str = "", code: str = ""
    ) -> ModelStatus:
        is_offline = endpoint.kind == "offline"
        first = self._settings.model or first_chat_model(found.names)
        model = OFFLINE_MODEL if is_offline else first
        return ModelStatus(endpoint, found.names, model, problem, sees=found.sees, code=code)
