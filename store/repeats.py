"""Answers that were asked for with an idempotency key. The caller owns the transaction."""

from __future__ import annotations

from sqlalchemy import select, update
from sqlmodel import Session

from store.errors import MessageNotFound
from store.messages import get
from store.models import messages
from store.sessions import lock
from store.tree import of, one
from store.values import Message


def find(db: Session, *, user_id: str, session_id: str, key: str) -> Message | None:
    """What this key made before; takes the session's lock, so that it is made once."""
    lock(db, user_id=user_id, session_id=session_id)
    made = (*of(user_id, session_id), messages.c.idempotency_key == key)
    id_ = db.scalar(select(messages.c.id).where(*made))
    if id_ is None:
        return None
    return get(db, user_id=user_id, session_id=session_id, message_id=id_)


def keep(db: Session, *, user_id: str, session_id: str, message_id: int, key: str) -> None:
    """Note that this key made this message; raises `MessageNotFound`."""
    this = one(user_id, session_id, message_id)
    marked = update(messages).where(*this).values(idempotency_key=key)
    if not db.execute(marked).rowcount:  # type: ignore[attr-defined]
        raise MessageNotFound
