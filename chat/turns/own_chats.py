"""The search in one user's chats that tools get."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from chat.agent.toolkit import ChatHit
from chat.errors import ToolError
from chat.loop import Loop
from store.database import Database
from store.errors import StoreError
from store.search import Hit, find
from store.values import SessionKey

OWN_HITS = 20
"""How many places of the asking session itself are passed over."""


@dataclass(frozen=True, slots=True)
class OwnChats:
    """Of one user only, without the session ``here`` from which it is asked."""

    database: Database
    here: SessionKey
    loop: Loop

    async def search(self, query: str, limit: int) -> Sequence[ChatHit]:
        """The newest places that have all words of ``query``; raises `ToolError`."""
        try:
            hits = await self.loop.in_thread(self._found, query, limit)
        except StoreError as error:
            text = "The chats cannot be searched now."
            raise ToolError(text, "Try again in a moment.") from error
        return [
            ChatHit(
                hit.title or "New chat",
                hit.excerpt,
                hit.role,
                hit.written_at.isoformat(timespec="seconds"),
                f"/?session={hit.session_id}",
            )
            for hit in hits
        ]

    def _found(self, query: str, limit: int) -> list[Hit]:
        with self.database.reading() as db:
            found = find(db, user_id=self.here.user_id, query=query, limit=limit + OWN_HITS)
        return [hit for hit in found if hit.session_id != self.here.session_id][:limit]
