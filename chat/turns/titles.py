"""Titles by the model, after the first answer; a title that the user gave stays."""

from __future__ import annotations

import logging

from chat.agent.models.provider import Provider
from chat.errors import AgentError
from chat.turns.request import for_title
from chat.turns.runner import Runner
from chat.turns.turn import Turn
from store import messages, sessions
from store.database import Database
from store.errors import StoreError

log = logging.getLogger("parley.turns")
TITLE_CHARS = 100


async def give_title(turn: Turn, runner: Runner, database: Database, provider: Provider) -> bool:
    """Ask for a title if the session has only its first, complete answer; whether one was given."""

    def first_texts() -> tuple[str, str] | None:
        user_id, session_id = turn.user_id, turn.session_id
        with database.reading() as db:
            session = sessions.get(db, user_id=user_id, session_id=session_id)
            if session.title_source != "auto" or session.message_count != 2:
                return None
            first, second = messages.window(
                db,
                user_id=user_id,
                session_id=session_id,
                leaf_id=session.active_leaf_id,
                limit=2,
            )
        return (first.content, second.content) if second.status == "complete" else None

    def rename(title: str) -> None:
        with database.transaction() as db:
            sessions.rename(
                db,
                user_id=turn.user_id,
                session_id=turn.session_id,
                title=title,
                source="model",
            )

    try:
        texts = await runner.in_thread(first_texts)
        if texts is None:
            return False
        answer = await provider.complete(for_title(texts, turn.model))
        await runner.in_thread(rename, answer.strip().strip('"*#').strip()[:TITLE_CHARS])
    except (AgentError, StoreError) as failure:
        log.info("no title by the model session=%s: %s", turn.session_id, failure)
        return False
    return True
