"""The clients in use, one per endpoint, made when they are first needed.

Importing this costs nothing; ``openai`` comes with the first client.
"""

from __future__ import annotations

import asyncio
import importlib
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING

from chat.agent.offline import OFFLINE, OFFLINE_MODEL
from chat.agent.types import Endpoint, ModelMessage, ModelRequest
from chat.config import Settings

if TYPE_CHECKING:
    from openai import AsyncOpenAI


class Clients:
    """Keeps a client, with its connections, for each base URL; belongs to one loop."""

    def __init__(self, settings: Settings, sleep: Callable[[float], Awaitable[object]]) -> None:
        self._settings = settings
        self._sleep = sleep
        self._clients: dict[str, AsyncOpenAI] = {}

    async def get(self, endpoint: Endpoint) -> AsyncOpenAI:
        """The endpoint's client."""
        client = self._clients.get(endpoint.base_url)
        if client is None:
            await import_openai()
            client = self._clients.setdefault(endpoint.base_url, self._new(endpoint))
        return client

    async def rehearse(self) -> None:
        """One unpaced answer of the offline model, through the same code as any other."""
        await import_openai()
        from chat.agent.models.servers import new_client
        from chat.agent.models.stream import answer
        from chat.agent.offline.transport import OfflineTransport

        transport = OfflineTransport(tokens_per_second=1e9, sleep=lambda _: asyncio.sleep(0))
        question = ModelRequest((ModelMessage("user", "hello"),), OFFLINE_MODEL)
        async with new_client(OFFLINE, connect=1, silence=1, transport=transport) as client:
            async for _ in answer(client, question, default_model="", silence_timeout=1):
                pass

    async def aclose(self) -> None:
        """Close all connections."""
        clients, self._clients = self._clients, {}
        for client in clients.values():
            await client.close()

    def _new(self, endpoint: Endpoint) -> AsyncOpenAI:
        from chat.agent.models.servers import new_client
        from chat.agent.offline.transport import OfflineTransport

        settings = self._settings
        transport = None
        if endpoint.kind == "offline":
            pace = settings.offline_tokens_per_second
            transport = OfflineTransport(tokens_per_second=pace, sleep=self._sleep)
        return new_client(
            endpoint,
            connect=settings.connect_timeout,
            silence=settings.silence_timeout,
            transport=transport,
        )


async def import_openai() -> None:
    """In a thread, so that running answers do not wait half a second for it."""
    await asyncio.to_thread(importlib.import_module, "chat.agent.models.servers")
