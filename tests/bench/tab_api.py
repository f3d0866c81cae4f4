"""What a tab's browser asks the API for: it sends, listens for news, and reads the list anew."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Coroutine
from typing import Any
from uuid import uuid4

import httpx2

from store.users import LOCAL_USER

LATE_SECONDS = 0.15  # as in the page: news that come at once are looked after once


class Api:
    """Of one browser with one tab, in view; ``changed`` is called after there were news."""

    def __init__(self, url: str, changed: Callable[[], Coroutine[Any, Any, None]]) -> None:
        self._client = httpx2.AsyncClient(
            base_url=f"{url}/api/users/", headers={"X-Requested-With": "Parley"}, timeout=None
        )
        self._changed = changed
        self._listening: asyncio.Task[None] | None = None
        self._looking: asyncio.Task[None] | None = None
        self._late: asyncio.TimerHandle | None = None

    async def send(self, session_id: str, text: str) -> None:
        """Store a message; nothing is waited for beyond that."""
        reply = await self._client.post(
            f"{LOCAL_USER}/sessions/{session_id}/messages",
            json={"content": text},
            headers={"Idempotency-Key": uuid4().hex, "Prefer": "respond-async"},
        )
        assert reply.status_code == 202, reply.text

    async def rows(self, count: int) -> list[dict[str, Any]]:
        """The newest sessions."""
        reply = await self._client.get(f"{LOCAL_USER}/sessions", params={"limit": count})
        found: list[dict[str, Any]] = reply.json()
        return found

    def begin(self, last: str, only: str = "") -> None:
        """Listen for what comes after that; with ``only`` nothing but that session is heard of."""
        if not self._listening:
            self._listening = asyncio.create_task(self._listen(last, only))

    async def close(self) -> None:
        """Listen no longer."""
        for task in (self._listening, self._looking):
            if task:
                task.cancel()
        await self._client.aclose()

    async def _listen(self, last: str, only: str) -> None:
        headers = {"Accept": "text/event-stream", "Last-Event-ID": last}
        async with self._client.stream("GET", "me/news", headers=headers) as reply:
            async for line in reply.aiter_lines():
                if line.startswith("data:"):
                    item = json.loads(line[5:])
                    if only in ("", item["session_id"]):
                        self._note()

    def _note(self) -> None:
        if self._late:
            self._late.cancel()
        self._late = asyncio.get_running_loop().call_later(LATE_SECONDS, self._look)

    def _look(self) -> None:
        self._looking = asyncio.create_task(self._changed())
