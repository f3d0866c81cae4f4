"""Copies of sessions: a duplicate of the whole tree, or one branch as a session of its own.

Message ids stay the same in the copy. The caller owns the transaction.
"""

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import ColumnElement, Table, case, insert, literal, select
from sqlmodel import Session

from store import folders, search_index
from store.files import hold_of
from store.messages import kept_row, set_leaf
from store.pieces import CONTENT
from store.provenance import copy_named
from store.session_locks import lock, owned
from store.session_values import ChatSession
from store.sessions import get
from store.tables import files, message_files, messages, personas, profiles, results, sessions, tags
from store.tables import folders as folders_table
from store.texts import TITLE_MAX, cut, searchable
from store.tree import EVERYTHING, Conditions, messages_of, upward
from store.types import Found, utc_now
from store.values import OPEN, Allowance, SessionKey

HELD = (folders_table, sessions, files, messages, message_files, results, profiles, tags, personas)
"""What somebody has, each after what it refers to."""


def duplicate(
    db: Session, key: SessionKey, *, may: Allowance, now: datetime | None = None
) -> ChatSession:
    """A new session with the same messages, versions, files, settings and results."""
    hold_of(db, [key.user_id])
    folders.hold(db, user_id=key.user_id)
    row = lock(db, key)
    copy = _copy_session(db, key, row, f"Copy of {row.title or 'new chat'}", may, now)
    _copy_messages(db, copy, messages_of(key))
    _copy_parts(db, key, copy)
    search_index.copied(db, key, copy)
    set_leaf(db, copy, leaf_id=row.active_leaf_id)
    return get(db, copy)


def branch(
    db: Session, key: SessionKey, *, message_id: int, may: Allowance, now: datetime | None = None
) -> ChatSession:
    """A new session with the messages from the root to this one, and all analysis results.

    Raises `MessageNotFound`.
    """
    hold_of(db, [key.user_id])
    folders.hold(db, user_id=key.user_id)
    row = lock(db, key)
    kept_row(db, key, message_id, brief=True)
    copy = _copy_session(db, key, row, f"Branch of {row.title or 'new chat'}", may, now)
    path = upward(key, message_id, EVERYTHING)
    _copy_messages(db, copy, (*messages_of(key), messages.c.id.in_(select(path.c.id))))
    _copy_parts(db, key, copy)
    search_index.copied(db, key, copy)
    set_leaf(db, copy, leaf_id=message_id)
    return get(db, copy)


def _copy_session(
    db: Session, key: SessionKey, row: Found, title: str, may: Allowance, now: datetime | None
) -> SessionKey:
    may.add_session()
    copy = SessionKey.new(key.user_id)
    title, moment = cut(title, TITLE_MAX), now or utc_now()
    fresh: dict[str, object] = {
        "session_id": copy.session_id,
        "title": title,
        "search_text": searchable(title, row.preview),
        "pinned": False,
        "archived_at": None,
        "expires_at": None,
        "prompt_tokens": 0,
        "completion_tokens": 0,
        "cost": 0.0,
        "created_at": moment,
        "last_activity_at": moment,
        "allowed_tools": [],
        "answered_at": None,
        "seen_at": None,
        "cleared_at": None,
        "cleared": None,
        "version": 1,
    }
    copy_rows(db, sessions, tuple(owned(key)), fresh)
    search_index.titled(db, copy, title, now=moment, is_new=True)
    for table in (profiles, tags):
        theirs = [table.c.user_id == key.user_id, table.c.session_id == key.session_id]
        if table is profiles:
            theirs.append(profiles.c.deleted_at.is_(None))
        copy_rows(db, table, tuple(theirs), {"session_id": copy.session_id})
    return copy


def _copy_messages(db: Session, copy: SessionKey, kept: Conditions) -> None:
    """Without the trash; what is still being written stays behind as interrupted."""
    is_open = messages.c.status.in_(OPEN) & (messages.c.role == "assistant")
    status = case(
        (is_open, "interrupted"), (messages.c.status.in_(OPEN), "complete"), else_=messages.c.status
    )
    fresh: dict[str, object] = {
        "session_id": copy.session_id,
        "status": status,
        "owner_process": None,
        "asks": [],
        "asked_at": None,
        "paused": None,
        "idempotency_key": None,
    }
    copy_rows(db, messages, (*kept, messages.c.deleted_at.is_(None)), fresh)


def _copy_parts(db: Session, key: SessionKey, copy: SessionKey) -> None:
    """What messages have beside their rows: files, computed results, and what was sent for them."""
    there = select(messages.c.id).where(*messages_of(copy))
    for table in (message_files, results):
        theirs = (table.c.user_id == key.user_id, table.c.session_id == key.session_id)
        these = (*theirs, table.c.message_id.in_(there))
        copy_rows(db, table, these, {"session_id": copy.session_id})
    copy_named(db, key, copy)


def copy_rows(db: Session, table: Table, kept: Conditions, fresh: Mapping[str, object]) -> None:
    """With ``fresh`` in place of what the rows have, values or SQL; for this package only.

    Messages have all of their text in the copy, also of one that is being written.
    """
    if table is messages:
        fresh = {"content": CONTENT.element, **fresh}
    columns = [
        column
        if column.name not in fresh
        else literal(value, column.type)
        if not isinstance(value := fresh[column.name], ColumnElement)
        else value
        for column in table.c
    ]
    db.execute(insert(table).from_select(list(table.c), select(*columns).where(*kept)))
