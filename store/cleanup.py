"""Removing for good: one session, and what the trash and expiry have let go of.

The caller owns the transaction.
"""

from datetime import datetime

from sqlalchemy import ColumnElement, delete, exists, or_, select, tuple_
from sqlmodel import Session

from store.errors import SessionNotFound
from store.session_locks import lock_all, owned
from store.tables import messages, profiles, sessions, users
from store.values import OPEN, SessionKey

PURGE_MAX = 500


def purge(db: Session, key: SessionKey) -> None:
    """Remove a session, in the trash or not, and everything of it; raises `SessionNotFound`."""
    if not _remove(db, *owned(key)):
        raise SessionNotFound


def purge_trash(db: Session, *, user_id: str) -> int:
    """Empty the user's trash; how many sessions."""
    return _remove(db, sessions.c.user_id == user_id, sessions.c.deleted_at.is_not(None))


def purge_old(db: Session, *, now: datetime, deleted_before: datetime) -> int:
    """Remove, for all users, what expired and what was put into the trash before that time.

    Returns how many sessions; deleted messages of sessions that stay are removed too.
    """
    key = (messages.c.user_id, messages.c.session_id, messages.c.id)
    old = select(*key).where(messages.c.deleted_at < deleted_before).cte("old", recursive=True)
    child = messages.alias()  # deleted later than its parent if the clock was set back
    old = old.union(
        select(child.c.user_id, child.c.session_id, child.c.id).where(
            child.c.user_id == old.c.user_id,
            child.c.session_id == old.c.session_id,
            child.c.parent_id == old.c.id,
        )
    )
    db.execute(delete(messages).where(tuple_(*key).in_(select(old))))
    return _remove(db, or_(sessions.c.deleted_at < deleted_before, sessions.c.expires_at < now))


def purge_unused(
    db: Session, *, before: datetime, only_guests: bool, limit: int = PURGE_MAX
) -> int:
    """Remove sessions without activity since that time, in the trash or not; how many.

    At most ``limit`` of them, and none in which an answer is being written or waits.
    """
    place = (messages.c.user_id == sessions.c.user_id) & (
        messages.c.session_id == sessions.c.session_id
    )
    conditions = [
        sessions.c.last_activity_at < before,
        ~exists().where(place, messages.c.status.in_(OPEN)),
    ]
    if only_guests:
        guests = select(users.c.id).where(users.c.role == "guest")
        conditions.append(sessions.c.user_id.in_(guests))
    return _remove(db, *conditions, limit=limit)


def _remove(db: Session, *which: ColumnElement[bool], limit: int | None = None) -> int:
    """Each is locked, so that none goes to which a message is being added at this moment."""
    keys = [(key.user_id, key.session_id) for key in lock_all(db, *which, limit=limit)]
    for table in (messages, profiles, sessions):
        for start in range(0, len(keys), PURGE_MAX):
            part = keys[start : start + PURGE_MAX]
            db.execute(delete(table).where(tuple_(table.c.user_id, table.c.session_id).in_(part)))
    return len(keys)
