"""All that somebody has: sessions, messages, results. The caller owns the transaction."""

from collections.abc import Iterator

from sqlalchemy import select
from sqlmodel import Session

from store.messages import FIELDS, message_of
from store.profiles import of_session
from store.session_values import ChatSession
from store.sessions import WHOLE
from store.tables import messages, sessions
from store.tree import messages_of
from store.values import Message, SessionKey, StoredProfile

WholeSession = tuple[ChatSession, list[Message], list[StoredProfile]]
"""A session with the messages of all its branches, and its analysis results, newest first."""


def everything(db: Session, *, user_id: str) -> Iterator[WholeSession]:
    """All sessions of somebody, oldest first, archived ones and the trash too.

    Messages that were deleted are left out.
    """
    rows = db.execute(
        select(*WHOLE)
        .where(sessions.c.user_id == user_id)
        .order_by(sessions.c.created_at, sessions.c.session_id)
    ).all()
    for row in rows:
        key = SessionKey(user_id, row.session_id)
        found = db.execute(
            select(*FIELDS)
            .where(*messages_of(key), messages.c.deleted_at.is_(None))
            .order_by(messages.c.id)
        )
        results = of_session(db, key)
        yield ChatSession(*row), list(map(message_of, found)), results
