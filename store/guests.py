"""Whoever a limit is for, and what they have. The caller owns the transaction."""

from sqlalchemy import func, select
from sqlmodel import Session

from store.tables import sessions, users


def role(db: Session, *, user_id: str) -> str:
    """Somebody's role; empty where there is nobody."""
    return db.scalar(select(users.c.role).where(users.c.id == user_id)) or ""


def count_sessions(db: Session, *, user_id: str) -> int:
    """How many sessions somebody has, in the trash or not."""
    theirs = select(func.count()).select_from(sessions).where(sessions.c.user_id == user_id)
    return db.scalar(theirs) or 0
