"""The user's own chats, as tools look for something in them."""

from collections.abc import Sequence
from dataclasses import dataclass

from chat.agent.toolkit import ChatHit
from chat.errors import ToolError
from chat.loop import Loop
from store.database import Database
from store.errors import Refused, StoreError
from store.search import Hit, Within, find
from store.search_query import parse
from store.values import SessionKey


@dataclass(frozen=True, slots=True)
class OwnChats:
    """Of one user only, without the session ``here`` from which it is asked."""

    database: Database
    here: SessionKey
    loop: Loop

    async def search(self, query: str, limit: int) -> Sequence[ChatHit]:
        """The places that fit best; raises `ToolError`."""
        try:
            hits = await self.loop.in_thread(self._found, query, limit)
        except Refused as refused:
            raise ToolError(refused.message, refused.fix) from refused
        except StoreError as error:
            text = "The chats cannot be searched now."
            raise ToolError(text, "Try again in a moment.") from error
        return [
            ChatHit(
                hit.title or "New chat",
                hit.excerpt,
                hit.role,
                hit.created_at.isoformat(timespec="seconds"),
                f"/?session={hit.session_id}"
                + (f"&message={hit.message_id}" if hit.message_id else ""),
            )
            for hit in hits
        ]

    def _found(self, query: str, limit: int) -> list[Hit]:
        with self.database.reading() as db:
            asked, elsewhere = parse(query), Within(beside=self.here.session_id)
            found = find(db, user_id=self.here.user_id, query=asked, within=elsewhere, limit=limit)
        return found.hits
