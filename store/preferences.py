"""What somebody prefers; the caller owns the transaction."""

from collections.abc import Mapping

from sqlalchemy import select, update
from sqlmodel import Session

from store.tables import users
from store.users import get

OPEN_LAST_CHAT = "open_last_chat"
"""The bare address opens the chat used last; else a new one."""


_KINDS: Mapping[str, type] = {OPEN_LAST_CHAT: bool}


def of_user(db: Session, *, user_id: str) -> Mapping[str, object]:
    """By name; nothing of somebody who is not there."""
    found = db.scalar(select(users.c.preferences).where(users.c.id == user_id))
    return found if isinstance(found, dict) else {}


def keep(db: Session, *, user_id: str, name: str, value: object) -> None:
    """Keep one, and leave the others; raises `UserNotFound`."""
    # Whoever stores something of theirs meanwhile need not wait.
    db.execute(select(users.c.id).where(users.c.id == user_id).with_for_update(key_share=True))
    get(db, user_id=user_id)
    kept = {**of_user(db, user_id=user_id), name: value}
    db.execute(update(users).where(users.c.id == user_id).values(preferences=kept))


def put_back(db: Session, *, user_id: str, found: Mapping[str, object]) -> None:
    """Keep those that were taken out and are not said here; raises `UserNotFound`."""
    there = of_user(db, user_id=user_id)
    for name, kind in _KINDS.items():
        if name not in there and isinstance(found.get(name), kind):
            keep(db, user_id=user_id, name=name, value=found[name])
