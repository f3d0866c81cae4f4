"""Clearing a session: what is in it goes into the trash, the session stays.

The caller owns the transaction.
"""

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import ColumnElement, Table, delete, update
from sqlmodel import Session

from store.errors import SessionNotFound
from store.messages import set_leaf
from store.session_locks import lock, owned
from store.session_values import ChatSession
from store.sessions import get
from store.tables import messages, profiles, sessions
from store.types import utc_now
from store.values import SessionKey

_EMPTIED = (messages, profiles)


def clear(db: Session, key: SessionKey, *, now: datetime | None = None) -> ChatSession:
    """Empty it, of messages on all branches, queued ones too, results and what tools remember.

    Tokens and cost stay what was spent. One that is empty is left as it is, so that the clearing
    before can still be taken back. Raises `SessionNotFound`.
    """
    session, moment = lock(db, key), now or utc_now()
    gone = 0
    for table in _EMPTIED:
        here = (*_of(table, key), table.c.deleted_at.is_(None))
        done = db.execute(update(table).where(*here).values(deleted_at=moment))
        gone += done.rowcount  # type: ignore[attr-defined]
    if gone:
        kept = {"leaf_id": session.active_leaf_id, "context": session.context}
        emptied = update(sessions).where(*owned(key))
        db.execute(emptied.values(cleared_at=moment, cleared=kept, context={}, answered_at=None))
        set_leaf(db, key, leaf_id=None)
    return get(db, key)


def restore(db: Session, key: SessionKey) -> ChatSession:
    """Bring back what the last clearing took, and show it; what was said since is beside it.

    Raises `SessionNotFound` where nothing was cleared, or it is gone for good.
    """
    session = lock(db, key)
    if session.cleared_at is None:
        raise SessionNotFound
    for table in _EMPTIED:
        those = (*_of(table, key), table.c.deleted_at == session.cleared_at)
        db.execute(update(table).where(*those).values(deleted_at=None))
    kept: Mapping[str, object] = session.cleared if isinstance(session.cleared, dict) else {}
    before, leaf_id = kept.get("context"), kept.get("leaf_id")
    context = {**(before if isinstance(before, dict) else {}), **session.context}
    nothing = {"cleared_at": None, "cleared": None}
    db.execute(update(sessions).where(*owned(key)).values(**nothing, context=context))
    shown = leaf_id if isinstance(leaf_id, int) else session.active_leaf_id
    set_leaf(db, key, leaf_id=shown)
    return get(db, key)


def forget(db: Session, key: SessionKey, *, cleared_at: datetime) -> None:
    """Remove the results that were cleared then or before, for good; messages go by themselves."""
    this = (*owned(key), sessions.c.cleared_at == cleared_at)
    old = (*_of(profiles, key), profiles.c.deleted_at <= cleared_at)
    db.execute(delete(profiles).where(*old))
    db.execute(update(sessions).where(*this).values(cleared_at=None, cleared=None))


def _of(table: Table, key: SessionKey) -> tuple[ColumnElement[bool], ...]:
    return table.c.user_id == key.user_id, table.c.session_id == key.session_id
