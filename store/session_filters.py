"""What is read of a session for a list, what marks it there, and which ones a list has.

Conditions and columns, for this package only.
"""

from typing import TypedDict, Unpack

from sqlalchemy import BindParameter, ColumnElement, TextClause, exists, func, select, text, true

from store.session_locks import in_trash, lasting
from store.tables import folders, messages, sessions, tags
from store.tags import TAGS
from store.texts import SEARCH_MAX, repaired

Whose = str | BindParameter[str]
"""Whose they are, or what stands in for it."""


class Chosen(TypedDict, total=False):
    """Which sessions a list has of those there are; None, or left out: all.

    An empty ``folder``: those in none; else those in it and in the folders in it.
    """

    persona: str | None
    folder: str | None
    tag: str | None
    is_active: bool | None
    unread: bool | None
    bookmarked: bool | None
    has_files: bool | None


def columns_of(value: type) -> list[ColumnElement[object]]:
    """What a dataclass of a session is made from, in the order of its fields."""
    names = value.__dataclass_fields__  # type: ignore[attr-defined]
    return [TAGS if name == "tags" else sessions.c[name] for name in names]


def _has_message(*which: ColumnElement[bool] | TextClause) -> ColumnElement[bool]:
    theirs = (messages.c.user_id == sessions.c.user_id, messages.c.deleted_at.is_(None))
    here = exists().where(*theirs, messages.c.session_id == sessions.c.session_id, *which)
    return here.correlate(sessions)  # also where a message is looked at besides


UNREAD = func.coalesce(
    sessions.c.answered_at > sessions.c.seen_at, sessions.c.answered_at.is_not(None)
)
# The conditions of the indexes word for word: else SQLite reads each message of each session.
_OPEN = text("messages.status IN ('queued', 'streaming')")
_BOOKMARKED = _has_message(text("messages.bookmarked"), messages.c.bookmarked == true())
_HAS_FILES = _has_message(text("messages.file_count > 0"))
MARKS = [
    _has_message(_OPEN, messages.c.asked_at.is_(None)),
    _has_message(_OPEN, messages.c.asked_at.is_not(None)),
    UNREAD,
    _BOOKMARKED,
    _HAS_FILES,
]
"""The fields that `ListedSession` ends with."""


def filters(
    user_id: Whose, query: str, archived: bool | None, trashed: bool, **chosen: Unpack[Chosen]
) -> list[ColumnElement[bool]]:
    """The conditions of `sessions.recent` and of everything else that lists sessions."""
    conditions = [sessions.c.user_id == user_id, in_trash(trashed), lasting()]
    if archived is not None:
        column = sessions.c.archived_at
        conditions.append(column.is_not(None) if archived else column.is_(None))
    for word in repaired(query[:SEARCH_MAX]).casefold().split():
        conditions.append(sessions.c.search_text.contains(word, autoescape=True))
    return conditions + _narrowing(user_id, chosen)


def _narrowing(user_id: Whose, chosen: Chosen) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = []
    for column in ("persona", "is_active"):
        if (same := chosen.get(column)) is not None:
            conditions.append(sessions.c[column] == same)
    if (folder := chosen.get("folder")) is not None:
        conditions.append(_in_folder(user_id, folder) if folder else _in_none(user_id))
    if (tag := chosen.get("tag")) is not None:
        theirs = select(tags.c.session_id).where(tags.c.user_id == user_id, tags.c.tag == tag)
        conditions.append(sessions.c.session_id.in_(theirs))
    marks = {"unread": UNREAD, "bookmarked": _BOOKMARKED, "has_files": _HAS_FILES}
    for name, mark in marks.items():
        if (wanted := chosen.get(name)) is not None:
            conditions.append(mark if wanted else ~mark)
    return conditions


def _in_none(user_id: Whose) -> ColumnElement[bool]:
    """Also where it names one that is not there: chats come in from elsewhere without theirs."""
    there = select(folders.c.folder_id).where(folders.c.user_id == user_id)
    return sessions.c.folder.is_(None) | sessions.c.folder.not_in(there)


def _in_folder(user_id: Whose, folder: str) -> ColumnElement[bool]:
    inner = select(folders.c.folder_id).where(
        folders.c.user_id == user_id, folders.c.parent_id == folder
    )
    return (sessions.c.folder == folder) | sessions.c.folder.in_(inner)
