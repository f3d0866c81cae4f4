"""Users. The caller owns the transaction."""

from __future__ import annotations

from contextlib import suppress
from datetime import datetime

from sqlalchemy import insert, select
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session

from store.models import users
from store.types import utc_now

LOCAL_USER = "default"


def ensure_local(db: Session, *, now: datetime | None = None) -> None:
    """Make the one user of a start without login, unless it is there."""
    if db.scalar(select(users.c.id).where(users.c.id == LOCAL_USER)) is not None:
        return
    row = insert(users).values(
        id=LOCAL_USER,
        username=LOCAL_USER,
        display_name="Local user",
        role="admin",
        created_at=now or utc_now(),
    )
    with suppress(IntegrityError), db.begin_nested():  # another process starts at this moment
        db.execute(row)
