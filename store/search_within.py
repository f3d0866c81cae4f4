"""Where is looked: the conditions of a search, and how the databases are asked for the newest.

For this package only, but for `Within`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Select,
    String,
    bindparam,
    column,
    func,
    select,
    table,
    text,
    true,
)
from sqlmodel import Session

from store.search_index import MARK, low_of, owner_of, session_term
from store.search_query import Query, fts, tsquery
from store.session_filters import Whose, filters
from store.tables import messages, search_texts, sessions

FEW = 50
"""Where no more chats fit than these, it is looked in these only."""
OWNER = bindparam("user_id", type_=String)
"""Stands in for whose texts they are, in what is put together once."""
_FTS = table("search_fts", column("rowid", BigInteger))
_A_SECOND = datetime(1970, 1, 1, 0, 0, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Within:
    """Where to look: None is anywhere. ``since`` is the first moment, ``until`` the one after.

    ``bookmarked`` are messages, ``has_files`` says which chats.

    ``beside`` is a session in which is not looked.
    """

    session_id: str | None = None
    beside: str | None = None
    persona: str | None = None
    model: str | None = None
    role: str | None = None
    folder: str | None = None
    tag: str | None = None
    archived: bool | None = None
    bookmarked: bool | None = None
    has_files: bool | None = None
    since: datetime | None = None
    until: datetime | None = None


def narrowed(db: Session, user_id: str, within: Within) -> tuple[str, ...] | None:
    """The sessions that fit, where they are few; else, or where nothing says which, None."""
    if within.session_id is not None:
        return (within.session_id,)
    said = (within.persona, within.folder, within.tag)
    marked = within.archived or within.bookmarked or within.has_files
    if not any(one is not None for one in said) and not marked:
        return None
    these = _of_session(user_id, within, bookmarked=within.bookmarked or None)
    found = db.scalars(select(sessions.c.session_id).where(*these).limit(FEW + 1)).all()
    return tuple(found) if len(found) <= FEW else None


def words_of(
    dialect: str, user_id: str, query: Query, within: Within, few: Sequence[str] | None
) -> str:
    """What is looked for, as the database wants it; in ``few`` sessions only."""
    also = [] if few is None else [[session_term(session_id) for session_id in few]]
    also += [] if within.role is None else [[MARK + within.role]]
    never = [] if within.beside is None else [session_term(within.beside)]
    written = fts if dialect == "sqlite" else tsquery
    return written(query, owner_of(user_id), also, never)


def having(dialect: str, within: Within, is_before: bool) -> Select[Any]:
    """The numbers of all that have the ``words``, the newest first, below ``before``."""
    number: ColumnElement[int] = _FTS.c.rowid if dialect == "sqlite" else search_texts.c.id
    fits = text("search_fts MATCH :words")
    if dialect != "sqlite":
        fits = text("search_texts.terms @@ CAST(:words AS tsquery)")
    found = select(number.label("id")).where(fits).order_by(number.desc())
    if is_before:
        found = found.where(number < bindparam("before", type_=BigInteger))
    if within.since is not None:
        found = found.where(number >= low_of(within.since))
    if within.until is not None:
        found = found.where(number < low_of(within.until) + low_of(_A_SECOND))
    return found


def conditions(within: Within) -> list[ColumnElement[bool]]:
    """What the words do not say of a text, its session and its message."""
    found = _of_session(OWNER, within)
    found.append(messages.c.deleted_at.is_(None))
    if within.model is not None:
        found.append(messages.c.model == within.model)
    if within.bookmarked is not None:
        found.append(messages.c.bookmarked == within.bookmarked)
    # Titles have no time to the second.
    if within.since is not None:
        found.append(func.coalesce(messages.c.created_at >= within.since, true()))
    if within.until is not None:
        found.append(func.coalesce(messages.c.created_at < within.until, true()))
    return found


def _of_session(
    user_id: Whose, within: Within, bookmarked: bool | None = None
) -> list[ColumnElement[bool]]:
    return filters(
        user_id,
        "",
        within.archived,
        False,
        persona=within.persona,
        folder=within.folder,
        tag=within.tag,
        bookmarked=bookmarked,
        has_files=within.has_files,
    )
