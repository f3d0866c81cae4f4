"""The session that somebody used last. The caller owns the transaction."""

from sqlalchemy import select
from sqlmodel import Session

from store.session_filters import filters
from store.tables import sessions


def latest(db: Session, *, user_id: str) -> str | None:
    """Its id, whether it is pinned or not; none that is archived."""
    found: str | None = db.scalar(
        select(sessions.c.session_id)
        .where(*filters(user_id, "", False, False))
        .order_by(sessions.c.last_activity_at.desc(), sessions.c.session_id.desc())
        .limit(1)
    )
    return found
