"""Titles by the model, after the first answer; a title that the user gave stays."""

import logging
from dataclasses import dataclass

from chat.agent.models.provider import Provider
from chat.bill import Bill
from chat.errors import AgentError
from chat.limits.asides import count_asides
from chat.limits.spending import Limits
from chat.loop import Loop
from chat.turns.request import for_title
from chat.turns.turn import Turn
from store import messages, sessions
from store.database import Database
from store.errors import StoreError
from store.values import SessionKey

log = logging.getLogger("parley.turns")
TITLE_CHARS = 100


@dataclass(frozen=True, slots=True)
class Titles:
    """Asks the model for them."""

    loop: Loop
    database: Database
    provider: Provider
    limits: Limits

    async def give(self, turn: Turn) -> bool:
        """Give one if the session has only its first, complete answer; whether it was given.

        What it costs is paid by whoever paid for the answer.
        """
        if turn.terms.offline:
            return False
        try:
            texts = await self.loop.in_thread(self._first_texts, turn.key)
            if texts is None:
                return False
            request = for_title(texts, turn.model, turn.terms)
            title = None
            try:
                answer = await self.provider.complete(request)
                title = answer.strip().strip('"*#').strip()[:TITLE_CHARS]
            finally:
                await self.loop.in_thread(self._store, turn, title, request.bill)
        except (AgentError, StoreError) as failure:
            log.info("no title by the model session=%s: %s", turn.key.session_id, failure)
            return False
        return True

    def _first_texts(self, key: SessionKey) -> tuple[str, str] | None:
        with self.database.reading() as db:
            session = sessions.get(db, key)
            if session.title_source != "auto" or session.message_count != 2:
                return None
            first, second = messages.window(db, key, leaf_id=session.active_leaf_id, limit=2)
        return (first.content, second.content) if second.status == "complete" else None

    def _store(self, turn: Turn, title: str | None, bill: Bill) -> None:
        """What it cost counts whatever becomes of the title; raises `StoreError` for a bad one."""
        refused: StoreError | None = None
        with self.database.transaction(even_read_only=True) as db:
            try:
                if title is not None:
                    sessions.suggest_title(db, turn.key, title=title)
            except StoreError as failure:  # before anything of it was written
                refused = failure
            persona = turn.metadata.persona.id if turn.metadata.persona else ""
            count_asides(db, turn.key, bill, persona=persona, now=self.limits.now())
            if turn.charge is not None:
                self.limits.pay(db, turn.charge, bill)
        if refused:
            raise refused
