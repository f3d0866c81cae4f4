"""All that somebody has: sessions, messages, results. The caller owns the transaction."""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import select
from sqlmodel import Session

from store.messages import FIELDS
from store.models import messages, sessions
from store.profiles import of_session
from store.tree import of
from store.values import ChatSession, Message, StoredProfile

Whole = tuple[ChatSession, list[Message], list[StoredProfile]]

_SESSION = [sessions.c[name] for name in ChatSession.__dataclass_fields__]


def everything(db: Session, *, user_id: str) -> Iterator[Whole]:
    """All sessions of somebody, oldest first, archived ones and the trash too.

    Each with the messages of all its branches, but not those that were deleted, and with its
    analysis results, newest first.
    """
    rows = db.execute(
        select(*_SESSION)
        .where(sessions.c.user_id == user_id)
        .order_by(sessions.c.created_at, sessions.c.session_id)
    ).all()
    for row in rows:
        found = db.execute(
            select(*FIELDS)
            .where(*of(user_id, row.session_id), messages.c.deleted_at.is_(None))
            .order_by(messages.c.id)
        )
        whole = [Message(**one._mapping) for one in found]
        results = of_session(db, user_id, row.session_id)
        yield ChatSession(**row._mapping), whole, results
