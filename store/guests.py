"""What guests used up. The caller owns the transaction.

Calls of the model are kept apart from messages: those can be copied and removed for good.
"""

from datetime import datetime
from uuid import uuid4

from sqlalchemy import delete, func, insert, select
from sqlmodel import Session

from store.tables import guest_calls, sessions, users


def lock(db: Session, *, user_id: str) -> bool:
    """Whether this is a guest; then nobody else counts for them until the transaction ends.

    To be taken before the lock of a session.
    """
    this = select(users.c.id).where(users.c.id == user_id, users.c.role == "guest")
    if db.scalar(this) is None:
        return False
    # Not the full lock, which would wait for whoever inserts a session of theirs.
    return db.scalar(this.with_for_update(key_share=True)) is not None


def count_sessions(db: Session, *, user_id: str) -> int:
    """How many sessions somebody has, in the trash or not."""
    theirs = select(func.count()).select_from(sessions).where(sessions.c.user_id == user_id)
    return db.scalar(theirs) or 0


def add_call(db: Session, *, user_id: str, now: datetime, since: datetime) -> None:
    """Note a call of the model; those up to ``since`` are forgotten."""
    mine = guest_calls.c.user_id == user_id
    db.execute(delete(guest_calls).where(mine, guest_calls.c.called_at <= since))
    db.execute(insert(guest_calls).values(user_id=user_id, id=uuid4().hex, called_at=now))


def latest_call(db: Session, *, user_id: str, number: int, since: datetime) -> datetime | None:
    """When the ``number``-th call from the end was, 1 for the last; None unless after ``since``."""
    found: datetime | None = db.scalar(
        select(guest_calls.c.called_at)
        .where(guest_calls.c.user_id == user_id, guest_calls.c.called_at > since)
        .order_by(guest_calls.c.called_at.desc())
        .offset(number - 1)
        .limit(1)
    )
    return found
