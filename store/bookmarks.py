"""Bookmarked messages over all chats of somebody. The caller owns the transaction."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, TextClause, func, literal, select, text, true
from sqlalchemy import tuple_ as row_of
from sqlmodel import Session

from store.metadata import MessageMetadata
from store.pieces import CONTENT
from store.session_locks import in_trash, lasting
from store.tables import messages, sessions
from store.texts import cut

EXCERPT = 200
BookmarkPlace = tuple[datetime, str, int]
"""Where a page ended: time, session and id of its last one."""
_ORDER = [messages.c[name] for name in ("created_at", "session_id", "id")]


@dataclass(frozen=True, slots=True)
class Bookmark:
    """A bookmarked message; ``persona`` is the name of whoever answered, if it is known."""

    session_id: str
    title: str
    message_id: int
    role: str
    persona: str
    excerpt: str
    created_at: datetime


def listed(
    db: Session, *, user_id: str, limit: int, offset: int = 0, after: BookmarkPlace | None = None
) -> list[Bookmark]:
    """The newest messages first, of all branches, archived chats too; nothing of the trash."""
    these = _theirs(user_id)
    if after is not None:
        kinds = (column.type for column in _ORDER)
        last = (literal(*pair) for pair in zip(after, kinds, strict=True))
        these.append(row_of(*_ORDER) < row_of(*last))
    brief = func.substr(CONTENT, 1, 4 * EXCERPT).label("content")
    rows = db.execute(
        select(*_ORDER, messages.c.role, messages.c.metadata, sessions.c.title, brief)
        .join(sessions)
        .where(*these)
        .order_by(*(column.desc() for column in _ORDER))
        .limit(limit)
        .offset(offset or None)
    )
    return [
        Bookmark(
            row.session_id,
            row.title,
            row.id,
            row.role,
            mark.name if (mark := MessageMetadata.of(row.metadata).persona) else "",
            cut(row.content, EXCERPT),
            row.created_at,
        )
        for row in rows
    ]


def count(db: Session, *, user_id: str) -> int:
    """How many `listed` would list without a limit."""
    query = select(func.count()).select_from(messages.join(sessions))
    return db.scalar(query.where(*_theirs(user_id))) or 0


def _theirs(user_id: str) -> list[ColumnElement[bool] | TextClause]:
    return [
        messages.c.user_id == user_id,
        # The condition of the index word for word: else SQLite reads every message.
        text("messages.bookmarked"),
        messages.c.bookmarked == true(),
        messages.c.deleted_at.is_(None),
        sessions.c.user_id == user_id,
        in_trash(False),
        lasting(),
    ]
