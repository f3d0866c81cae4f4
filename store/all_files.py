"""Attached files of all users, looked at one part after the other in the order of their key.

No index knows what is asked for here, and so no call looks at more than its part.
"""

from collections.abc import Sequence
from datetime import datetime
from itertools import groupby
from operator import itemgetter

from sqlalchemy import Exists, FromClause, Select, delete, exists, func, select, tuple_
from sqlmodel import Session

from store.files import hold_going
from store.tables import files, message_files

PART = 10_000
"""So many are looked at by one call."""

FilePlace = tuple[str, str]
"""Whose a file is, and its id."""

_PLACE = (files.c.user_id, files.c.file_id)


def counted(
    db: Session, *, after: FilePlace | None = None, limit: int = PART
) -> tuple[int, int, FilePlace | None]:
    """How many of the next so many are kept, with how many bytes.

    ``after`` is where the last part ended; the third is where this one does, None at the end.
    """
    part = _next(after, limit).subquery()
    sums = select(func.count(), func.coalesce(func.sum(part.c.size), 0))
    row = db.execute(sums.where(part.c.deleted_at.is_(None))).one()
    return row[0], int(row[1]), _end(db, after, limit)


def unattached(
    db: Session, *, before: datetime, after: FilePlace | None = None, limit: int = PART
) -> tuple[list[FilePlace], FilePlace | None]:
    """Those of the next so many that came before that time and that no message has.

    ``after`` is where the last part ended; the second is where this one does, None at the end.
    """
    part = _next(after, limit).subquery()
    query = select(part.c.user_id, part.c.file_id).where(part.c.created_at < before)
    found = db.execute(query.where(~_is_attached(part)))
    return sorted((row.user_id, row.file_id) for row in found), _end(db, after, limit)


def forget(db: Session, places: Sequence[FilePlace], *, before: datetime) -> int:
    """Remove those of these that came before that time and that no message has; how many."""
    hold_going(db, [user_id for user_id, _ in places])
    gone = 0
    # Each user's by themselves: of pairs SQLite would look at all that there are.
    for user_id, theirs in groupby(sorted(places), itemgetter(0)):
        ids = [file_id for _, file_id in theirs]
        these = (files.c.user_id == user_id, files.c.file_id.in_(ids), files.c.created_at < before)
        gone += db.execute(delete(files).where(*these, ~_is_attached(files))).rowcount  # type: ignore[attr-defined]
    return gone


def _end(db: Session, after: FilePlace | None, limit: int) -> FilePlace | None:
    """The last of the next so many; None where there are fewer."""
    row = db.execute(_next(after, 1).offset(limit - 1).with_only_columns(*_PLACE)).first()
    return (row.user_id, row.file_id) if row else None


def _next(after: FilePlace | None, limit: int) -> Select[tuple[object, ...]]:
    """So many, behind that one: with an end instead, SQLite would look at all of a user."""
    query = select(*_PLACE, files.c.size, files.c.created_at, files.c.deleted_at)
    if after is not None:
        query = query.where(tuple_(*_PLACE) > tuple_(*after))
    return query.order_by(*_PLACE).limit(limit)


def _is_attached(rows: FromClause) -> Exists:
    """Of rows that have a file's place."""
    return exists().where(
        message_files.c.user_id == rows.c.user_id, message_files.c.file_id == rows.c.file_id
    )
