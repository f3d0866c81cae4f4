"""What somebody prefers; the caller owns the transaction."""

from collections.abc import Mapping

from sqlalchemy import select, update
from sqlmodel import Session

from store.tables import users
from store.users import get, lock

OPEN_LAST_CHAT = "open_last_chat"
"""The bare address opens the chat used last; else a new one."""


def of_user(db: Session, *, user_id: str) -> Mapping[str, object]:
    """By name; nothing of somebody who is not there."""
    found = db.scalar(select(users.c.preferences).where(users.c.id == user_id))
    return found if isinstance(found, dict) else {}


def keep(db: Session, *, user_id: str, name: str, value: object) -> None:
    """Keep one, and leave the others; raises `UserNotFound`."""
    lock(db, user_id=user_id)
    get(db, user_id=user_id)
    kept = {**of_user(db, user_id=user_id), name: value}
    db.execute(update(users).where(users.c.id == user_id).values(preferences=kept))
