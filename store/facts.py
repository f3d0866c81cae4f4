"""What a database is and how much is in it; nothing of what is in it."""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import func, select, text
from sqlalchemy.exc import DatabaseError
from sqlmodel import Session

from store.migrations import current
from store.tables import metadata

PROBLEMS = 5


@dataclass(frozen=True, slots=True)
class DatabaseFacts:
    """``kind`` with its version, ``size`` in bytes, ``revision`` of the schema."""

    kind: str
    size: int
    revision: str


def read(db: Session, *, file: Path | None) -> DatabaseFacts:
    """Of SQLite's ``file`` with its log, or of the database on a server; in a few short queries."""
    revision = current(db.connection()) or ""
    if file:
        sizes = [_size(file), _size(Path(f"{file}-wal"))]
        return DatabaseFacts(f"SQLite {_told(db, 'SELECT sqlite_version()')}", sum(sizes), revision)
    size = int(_told(db, "SELECT pg_database_size(current_database())"))
    return DatabaseFacts(f"PostgreSQL {_told(db, 'SHOW server_version')}", size, revision)


def rows(db: Session) -> Mapping[str, int]:
    """How many each table has; in the time of looking at all of them."""
    tables = metadata.sorted_tables
    return {table.name: db.scalar(select(func.count()).select_from(table)) or 0 for table in tables}


def damage(db: Session, *, file: Path | None) -> Sequence[str]:
    """What SQLite finds wrong in its file, the first of it; in the time of reading all of it.

    A server looks after its own.
    """
    if file is None:
        return []
    try:
        found = db.execute(text(f"PRAGMA quick_check({PROBLEMS})")).scalars().all()
    except DatabaseError as failure:
        return [str(failure.orig)]
    return [str(one) for one in found if one != "ok"]


def _told(db: Session, query: str) -> str:
    return str(db.scalar(text(query)))


def _size(file: Path) -> int:
    with suppress(FileNotFoundError):
        return file.stat().st_size
    return 0
