"""Sessions: every read and write of them. The caller owns the transaction.

``user_id`` is in each query; not yours and not there raise the same `SessionNotFound`.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import uuid4

from sqlalchemy import ColumnElement, func, insert, select, update
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session

from store.errors import Refused, SessionNotFound
from store.models import sessions
from store.types import utc_now
from store.values import (
    SEARCH_MAX,
    ChatSession,
    SessionSummary,
    Totals,
    check_title,
    is_id,
    repaired,
    storable,
)

SUMMARY = [sessions.c[name] for name in SessionSummary.__dataclass_fields__]
NEWEST_FIRST = [sessions.c[name].desc() for name in ("pinned", "last_activity_at", "session_id")]
_WHOLE = [sessions.c[name] for name in ChatSession.__dataclass_fields__]
CHANGEABLE = frozenset(
    {"description", "persona", "model", "parameters", "folder", "metadata", "context"}
)


def create(
    db: Session,
    *,
    user_id: str,
    session_id: str | None = None,
    title: str = "",
    now: datetime | None = None,
    **fields: Any,
) -> tuple[ChatSession, bool]:
    """Make a session, or return the stored one of that id unchanged; True when it was made.

    ``fields`` are any of `CHANGEABLE`. A title given here is the user's. Raises `Refused` for
    a malformed id or title, and for an id that is in the trash.
    """
    session_id = uuid4().hex if session_id is None else session_id
    if not is_id(session_id):
        raise Refused("The session id is malformed.", "Use 1 to 64 of A-Z a-z 0-9 _ and -.")
    if stored := _stored(db, user_id, session_id):
        return stored, False
    moment = now or utc_now()
    title = check_title(title) if title else ""
    row = insert(sessions).values(
        user_id=user_id,
        session_id=session_id,
        title=title,
        title_source="user" if title else "auto",
        search_text=title.casefold(),
        created_at=moment,
        last_activity_at=moment,
        **_checked(fields),
    )
    try:
        with db.begin_nested():
            db.execute(row)
    except IntegrityError:
        if stored := _stored(db, user_id, session_id):  # made elsewhere at this very moment
            return stored, False
        raise
    return get(db, user_id=user_id, session_id=session_id), True


def get(db: Session, *, user_id: str, session_id: str, trashed: bool = False) -> ChatSession:
    """One session; with ``trashed`` one in the trash. Raises `SessionNotFound`."""
    row = db.execute(select(*_WHOLE).where(*owned(user_id, session_id, trashed))).first()
    if row is None:
        raise SessionNotFound
    return ChatSession(**row._mapping)


def recent(
    db: Session,
    *,
    user_id: str,
    limit: int = 30,
    offset: int = 0,
    query: str = "",
    archived: bool | None = False,
    trashed: bool = False,
) -> list[SessionSummary]:
    """Pinned first, then by latest activity; ``query`` is looked for in titles and previews.

    Only the first 200 characters of ``query`` count. ``archived`` None means both. Costs its
    first screen, however many sessions there are.
    """
    rows = db.execute(
        select(*SUMMARY)
        .where(*listed(user_id, query, archived, trashed))
        .order_by(*NEWEST_FIRST)
        .limit(limit)
        .offset(offset)
    )
    return [SessionSummary(*row) for row in rows]


def count(
    db: Session,
    *,
    user_id: str,
    query: str = "",
    archived: bool | None = False,
    trashed: bool = False,
) -> int:
    """How many sessions `recent` would list without a limit."""
    these = listed(user_id, query, archived, trashed)
    return db.scalar(select(func.count()).select_from(sessions).where(*these)) or 0


def change(db: Session, *, user_id: str, session_id: str, **fields: Any) -> ChatSession:
    """Set any of `CHANGEABLE`; raises `Refused` or `SessionNotFound`."""
    return _set(db, user_id, session_id, **_checked(fields))


def rename(
    db: Session, *, user_id: str, session_id: str, title: str, source: str = "user"
) -> ChatSession:
    """Give a title; one by the model (``source="model"``) never replaces the user's."""
    title = check_title(title)
    row = lock(db, user_id=user_id, session_id=session_id)
    if source != "user" and row.title_source == "user":
        return get(db, user_id=user_id, session_id=session_id)
    text = searchable(title, row.preview)
    return _set(db, user_id, session_id, title=title, title_source=source, search_text=text)


def pin(db: Session, *, user_id: str, session_id: str, pinned: bool = True) -> ChatSession:
    """Keep it on top of the list, or no longer."""
    return _set(db, user_id, session_id, pinned=pinned)


def archive(db: Session, *, user_id: str, session_id: str, archived: bool = True) -> ChatSession:
    """Out of the list, but found by search and on the manage page; or back."""
    return _set(db, user_id, session_id, archived_at=utc_now() if archived else None)


def trash(db: Session, *, user_id: str, session_id: str, now: datetime | None = None) -> None:
    """Into the trash, from where `restore` brings it back until it is purged."""
    _set(db, user_id, session_id, deleted_at=now or utc_now())


def restore(db: Session, *, user_id: str, session_id: str) -> ChatSession:
    """Out of the trash; raises `SessionNotFound` when it is not there."""
    return _set(db, user_id, session_id, in_trash=True, deleted_at=None)


def trash_all(db: Session, *, user_id: str, now: datetime | None = None) -> list[str]:
    """Everything of the user into the trash, archived ones too; their ids."""
    done = db.scalars(
        update(sessions)
        .where(sessions.c.user_id == user_id, _in_trash(False))
        .values(deleted_at=now or utc_now(), version=sessions.c.version + 1)
        .returning(sessions.c.session_id)
    )
    return list(done.all())


def totals(db: Session, *, user_id: str) -> Totals:
    """Counts and sums over all sessions, from their own columns."""
    kept = sessions.c.deleted_at.is_(None)

    def total(column: ColumnElement[Any]) -> ColumnElement[Any]:
        return func.coalesce(func.sum(column).filter(kept), 0)

    row = db.execute(
        select(
            func.count().filter(kept),
            func.count().filter(kept, sessions.c.archived_at.is_not(None)),
            func.count().filter(~kept),
            total(sessions.c.message_count),
            total(sessions.c.prompt_tokens),
            total(sessions.c.completion_tokens),
            total(sessions.c.cost),
        ).where(sessions.c.user_id == user_id)
    ).one()
    return Totals(*row)


def lock(db: Session, *, user_id: str, session_id: str) -> Any:
    """The session's row, locked until the transaction ends; everything that appends takes it.

    For this package only (rows do not leave the store). Raises `SessionNotFound`.
    """
    query = select(sessions).where(*owned(user_id, session_id, False))
    row = db.execute(query.with_for_update()).first()
    if row is None:
        raise SessionNotFound
    return row


def locked_version(
    db: Session, *, user_id: str, session_id: str, trashed: bool | None = False
) -> int:
    """The session's version, which stays until the transaction ends; for writes that need one.

    Raises `SessionNotFound`.
    """
    query = select(sessions.c.version).where(*owned(user_id, session_id, trashed))
    found: int | None = db.scalar(query.with_for_update())
    if found is None:
        raise SessionNotFound
    return found


def owned(user_id: str, session_id: str, trashed: bool | None = None) -> list[ColumnElement[bool]]:
    """The conditions that name one session of one user; raises `SessionNotFound` for no id."""
    if not is_id(session_id):
        raise SessionNotFound
    conditions = [sessions.c.user_id == user_id, sessions.c.session_id == session_id]
    return conditions if trashed is None else [*conditions, _in_trash(trashed)]


def searchable(title: str, preview: str) -> str:
    """What `recent` looks through; case-folded, so that it works the same on every database."""
    return f"{title}\n{preview}".casefold()


def _stored(db: Session, user_id: str, session_id: str) -> ChatSession | None:
    row = db.execute(select(*_WHOLE).where(*owned(user_id, session_id))).first()
    if row and row.deleted_at:
        raise Refused("A chat with this id is in the trash.", "Restore it or use another id.")
    return ChatSession(**row._mapping) if row else None


def _in_trash(trashed: bool) -> ColumnElement[bool]:
    column = sessions.c.deleted_at
    return column.is_not(None) if trashed else column.is_(None)


def listed(
    user_id: str, query: str, archived: bool | None, trashed: bool
) -> list[ColumnElement[bool]]:
    """The conditions of `recent` and of everything else that lists sessions."""
    conditions = [sessions.c.user_id == user_id, _in_trash(trashed)]
    if archived is not None:
        column = sessions.c.archived_at
        conditions.append(column.is_not(None) if archived else column.is_(None))
    for word in repaired(query[:SEARCH_MAX]).casefold().split():
        conditions.append(sessions.c.search_text.contains(word, autoescape=True))
    return conditions


def _checked(fields: dict[str, Any]) -> dict[str, Any]:
    if unknown := set(fields) - CHANGEABLE:
        raise Refused(f"A chat has no {', '.join(sorted(unknown))}.", "Leave it out.")
    for name, value in fields.items():
        if isinstance(value, str):
            storable(value)
            limit = getattr(sessions.c[name].type, "length", None)
            if limit is not None and len(value) > limit:
                raise Refused(f"The {name} is too long.", f"Use at most {limit} characters.")
    return fields


def _set(
    db: Session, user_id: str, session_id: str, in_trash: bool = False, **values: Any
) -> ChatSession:
    row = db.execute(
        update(sessions)
        .where(*owned(user_id, session_id, in_trash))
        .values(version=sessions.c.version + 1, **values)
        .returning(*_WHOLE)
    ).first()
    if row is None:
        raise SessionNotFound
    return ChatSession(**row._mapping)
