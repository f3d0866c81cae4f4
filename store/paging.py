"""Sessions page by page, each page from where the last one ended; see `store.sessions.recent`.

A page costs the same wherever it is, and a session that moves meanwhile is never listed twice.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Boolean, literal, select, tuple_
from sqlmodel import Session

from store.models import sessions
from store.session_values import SessionSummary
from store.sessions import NEWEST_FIRST, SUMMARY, filters
from store.types import UtcDateTime


@dataclass(frozen=True, slots=True)
class Cursor:
    """Where a page ended: what the list is ordered by, of its last session."""

    pinned: bool
    last_activity_at: datetime
    session_id: str


def page(
    db: Session,
    *,
    user_id: str,
    limit: int,
    after: Cursor | None = None,
    query: str = "",
    archived: bool | None = False,
    persona: str | None = None,
    folder: str | None = None,
) -> list[SessionSummary]:
    """Pinned first, then by latest activity; an empty ``folder`` means those in none."""
    conditions = filters(user_id, query, archived, False)
    if persona is not None:
        conditions.append(sessions.c.persona == persona)
    if folder is not None:
        conditions.append(sessions.c.folder == folder if folder else sessions.c.folder.is_(None))
    if after is not None:
        order = tuple_(sessions.c.pinned, sessions.c.last_activity_at, sessions.c.session_id)
        conditions.append(
            order
            < tuple_(
                literal(after.pinned, Boolean),
                literal(after.last_activity_at, UtcDateTime),
                literal(after.session_id),
            )
        )
    rows = db.execute(select(*SUMMARY).where(*conditions).order_by(*NEWEST_FIRST).limit(limit))
    return [SessionSummary(*row) for row in rows]
