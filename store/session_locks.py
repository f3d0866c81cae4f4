"""Which session is meant, and keeping it from others until a transaction ends.

The caller owns the transaction.
"""

from collections.abc import Iterable
from dataclasses import asdict

from sqlalchemy import ColumnElement, select, tuple_
from sqlmodel import Session

from store.errors import SessionNotFound
from store.tables import sessions
from store.texts import is_id
from store.types import BoundKey, Found, Key
from store.values import SessionKey

AT_ONCE = 500
"""So many are named in one statement, of any number."""


def owned(key: Key, trashed: bool | None = None) -> list[ColumnElement[bool]]:
    """The conditions that name one session of one user; raises `SessionNotFound` for no id."""
    if isinstance(key, SessionKey) and not is_id(key.session_id):
        raise SessionNotFound
    conditions = [sessions.c.user_id == key.user_id, sessions.c.session_id == key.session_id]
    return conditions if trashed is None else [*conditions, in_trash(trashed)]


def in_trash(trashed: bool) -> ColumnElement[bool]:
    """Whether sessions are there, or those that are not."""
    column = sessions.c.deleted_at
    return column.is_not(None) if trashed else column.is_(None)


def lasting() -> ColumnElement[bool]:
    """Not temporary: only those are listed, counted and found."""
    return ~sessions.c.temporary


# Made once: putting it together takes longer than running it.
_LOCK = select(sessions).where(*owned(BoundKey(), False)).with_for_update()


def lock(db: Session, key: SessionKey) -> Found:
    """The session's row, locked until the transaction ends; everything that appends takes it.

    For this package only (rows do not leave the store). Raises `SessionNotFound`.
    """
    row = db.execute(_LOCK, asdict(key)).first() if is_id(key.session_id) else None
    if row is None:
        raise SessionNotFound
    return row


def lock_all(db: Session, *which: ColumnElement[bool]) -> list[SessionKey]:
    """Lock those for which this holds until the transaction ends; for this package only.

    In one order, so that none of two who lock several waits for the other.
    """
    key = (sessions.c.user_id, sessions.c.session_id)
    found = select(*key).where(*which).order_by(*key)
    return [SessionKey(*row) for row in db.execute(found.with_for_update(of=sessions))]


def lock_each(db: Session, keys: Iterable[SessionKey]) -> list[SessionKey]:
    """Lock these, as far as they are there, before any of them is changed; all of them."""
    named = list(keys)
    names = sorted({(key.user_id, key.session_id) for key in named})
    for start in range(0, len(names), AT_ONCE):
        part = names[start : start + AT_ONCE]
        lock_all(db, tuple_(sessions.c.user_id, sessions.c.session_id).in_(part))
    return named


def locked_version(db: Session, key: SessionKey, *, trashed: bool | None = False) -> int:
    """The session's version, which stays until the transaction ends; for writes that need one.

    Raises `SessionNotFound`.
    """
    query = select(sessions.c.version).where(*owned(key, trashed))
    found: int | None = db.scalar(query.with_for_update())
    if found is None:
        raise SessionNotFound
    return found
