"""Copies of sessions: a duplicate of the whole tree, or one branch as a session of its own.

Message ids stay the same in the copy. The caller owns the transaction.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import uuid4

from sqlalchemy import case, insert, literal, select
from sqlmodel import Session

from store.messages import get as get_message
from store.messages import set_leaf
from store.models import messages, profiles, sessions
from store.sessions import get, lock, owned, searchable
from store.tree import Conditions, of, upward
from store.types import utc_now
from store.values import OPEN, TITLE_MAX, ChatSession, cut

_EVERYTHING = 2**31 - 1


def duplicate(
    db: Session, *, user_id: str, session_id: str, now: datetime | None = None
) -> ChatSession:
    """A new session with the same messages, versions, settings and analysis results."""
    row = lock(db, user_id=user_id, session_id=session_id)
    copy = _copy_session(db, row, f"Copy of {row.title or 'new chat'}", now or utc_now())
    _copy_messages(db, copy, of(user_id, session_id))
    set_leaf(db, **copy, leaf_id=row.active_leaf_id)
    return get(db, user_id=user_id, session_id=copy["session_id"])


def branch(
    db: Session, *, user_id: str, session_id: str, message_id: int, now: datetime | None = None
) -> ChatSession:
    """A new session with the messages from the root to this one, and all analysis results.

    Raises `MessageNotFound`.
    """
    row = lock(db, user_id=user_id, session_id=session_id)
    message = get_message(db, user_id=user_id, session_id=session_id, message_id=message_id)
    copy = _copy_session(db, row, f"Branch of {row.title or 'new chat'}", now or utc_now())
    path = upward(user_id, session_id, message.id, _EVERYTHING)
    kept = (*of(user_id, session_id), messages.c.id.in_(select(path.c.id)))
    _copy_messages(db, copy, kept)
    set_leaf(db, **copy, leaf_id=message.id)
    return get(db, user_id=user_id, session_id=copy["session_id"])


def of_profiles(user_id: str, session_id: str) -> Conditions:
    """The conditions that name the analysis results of one session."""
    return profiles.c.user_id == user_id, profiles.c.session_id == session_id


def _copy_session(db: Session, row: Any, title: str, moment: datetime) -> dict[str, str]:
    copy = {"user_id": row.user_id, "session_id": uuid4().hex}
    title = cut(title, TITLE_MAX)
    fresh: dict[str, Any] = {
        "session_id": copy["session_id"],
        "title": title,
        "search_text": searchable(title, row.preview),
        "pinned": False,
        "archived_at": None,
        "prompt_tokens": 0,
        "completion_tokens": 0,
        "cost": 0.0,
        "created_at": moment,
        "last_activity_at": moment,
        "version": 1,
    }
    _copy_rows(db, sessions, tuple(owned(row.user_id, row.session_id)), fresh)
    results = of_profiles(row.user_id, row.session_id)
    _copy_rows(db, profiles, results, {"session_id": copy["session_id"]})
    return copy


def _copy_messages(db: Session, copy: dict[str, str], kept: Conditions) -> None:
    """Without the trash; what is still being written stays behind as interrupted."""
    is_open = messages.c.status.in_(OPEN) & (messages.c.role == "assistant")
    status = case(
        (is_open, "interrupted"),
        (messages.c.status.in_(OPEN), "complete"),
        else_=messages.c.status,
    )
    fresh = {
        "session_id": copy["session_id"],
        "status": status,
        "owner_process": None,
        "idempotency_key": None,
    }
    _copy_rows(db, messages, (*kept, messages.c.deleted_at.is_(None)), fresh)


def _copy_rows(db: Session, table: Any, kept: Conditions, fresh: dict[str, Any]) -> None:
    columns = [
        (
            literal(fresh[column.name], column.type)
            if _is_plain(fresh[column.name])
            else fresh[column.name]
        )
        if column.name in fresh
        else column
        for column in table.c
    ]
    db.execute(insert(table).from_select(list(table.c), select(*columns).where(*kept)))


def _is_plain(value: Any) -> bool:
    return not hasattr(value, "compile")
