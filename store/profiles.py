"""Analysis results of a session. The caller owns the transaction."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select
from sqlmodel import Session

from store.models import profiles
from store.sessions import get as get_session


def listed(db: Session, *, user_id: str, session_id: str) -> list[dict[str, Any]]:
    """All of a session's, newest first; raises `SessionNotFound`."""
    get_session(db, user_id=user_id, session_id=session_id)
    names = ("source", "handle", "result", "created_at")
    rows = db.execute(
        select(*(profiles.c[name] for name in names))
        .where(profiles.c.user_id == user_id, profiles.c.session_id == session_id)
        .order_by(profiles.c.created_at.desc(), profiles.c.source, profiles.c.handle)
    )
    return [dict(row._mapping) for row in rows]
