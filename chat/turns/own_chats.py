"""The search in one user's chats that tools get."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import Any

from chat.agent.toolkit import ChatHit
from chat.errors import ToolError
from store.database import Database
from store.errors import StoreError
from store.search import Hit, find
from store.values import SessionKey

OWN_HITS = 20
"""How many places of the asking session itself are passed over."""


class OwnChats:
    """Of one user only, without the session ``here`` from which it is asked.

    ``in_thread`` runs blocking work off the loop.
    """

    def __init__(
        self,
        database: Database,
        here: SessionKey,
        in_thread: Callable[..., Awaitable[Any]],
    ) -> None:
        self._database = database
        self._here = here
        self._in_thread = in_thread

    async def search(self, query: str, limit: int) -> Sequence[ChatHit]:
        """The newest places that have all words of ``query``; raises `ToolError`."""
        try:
            hits: list[Hit] = await self._in_thread(self._found, query, limit)
        except StoreError as error:
            raise ToolError(
                "The chats cannot be searched now.", "Try again in a moment."
            ) from error
        return [
            ChatHit(
                hit.title or "New chat",
                hit.excerpt,
                hit.role,
                hit.written_at,
                f"/?session={hit.session_id}",
            )
            for hit in hits
        ]

    def _found(self, query: str, limit: int) -> list[Hit]:
        with self._database.reading() as db:
            found = find(db, user_id=self._here.user_id, query=query, limit=limit + OWN_HITS)
        return [hit for hit in found if hit.session_id != self._here.session_id][:limit]
