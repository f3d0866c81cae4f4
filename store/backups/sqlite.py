"""A backup of a SQLite file: all pages as they were at one moment, while others go on writing.

The read transaction is what holds that moment: without it SQLite begins anew whenever somebody
writes, and is never done. What is written meanwhile stays in the log until the copy is there.
"""

import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from urllib.parse import quote

from store.backups.gently import Gently
from store.backups.manifest import AGAIN, BackupDamaged, BackupError
from store.backups.snapshot import Snapshot, check_counts
from store.dialects import BUSY_SECONDS, add_functions
from store.disk import BESIDE, make_private

PAGES = 128
NAMED = 3
"""So many of what is wrong are named."""


def take(path: Path, out: Path) -> Snapshot:
    """Copy the file to ``out``; what is in it."""
    if not path.exists():
        raise BackupError(f"There is no {path}.", "Name the database's file.")
    make_private(out)
    try:
        with _opened(path, "rw") as source:
            source.execute("BEGIN")
            found = Snapshot(_revision(source), counts(source), _hashes(source))
            _copy(source, out)
            return found
    except sqlite3.Error as error:
        raise BackupError(f"{path} cannot be read: {error}.", "Look at its disk.") from error


def check(path: Path, tables: Mapping[str, int]) -> None:
    """Raise `BackupDamaged` unless the file is whole and has these rows."""
    try:
        with _opened(path, "ro", "&immutable=1") as database:
            wrong = [row[0] for row in database.execute(f"PRAGMA integrity_check({NAMED})")]
            astray = database.execute("PRAGMA foreign_key_check").fetchmany(NAMED)
            there = counts(database)
    except sqlite3.Error as error:
        raise BackupDamaged(f"The database cannot be read: {error}.", AGAIN) from error
    if wrong != ["ok"]:
        raise BackupDamaged(f"The database is damaged: {'; '.join(wrong)}.", AGAIN)
    if astray:
        raise BackupDamaged(f"Rows of {astray[0][0]} belong to nothing.", AGAIN)
    check_counts(there, tables)


def counts(database: sqlite3.Connection) -> dict[str, int]:
    """The rows of each table."""
    query = "SELECT name FROM pragma_table_list WHERE type = 'table' AND schema = 'main'"
    names = [name for (name,) in database.execute(query) if not name.startswith("sqlite_")]
    return {
        name: database.execute(f'SELECT count(*) FROM "{name}"').fetchone()[0] for name in names
    }


def rows(path: Path) -> dict[str, int]:
    """The rows of each table of a file."""
    try:
        with _opened(path, "rw") as database:
            return counts(database)
    except sqlite3.Error as error:
        raise BackupError(f"{path} cannot be read: {error}.", "Move it away first.") from error


def is_used(path: Path) -> bool:
    """Whether another program has the file open."""
    try:
        with _opened(path, "rw", seconds=0) as database:
            database.execute("PRAGMA locking_mode=EXCLUSIVE")
            database.execute("BEGIN EXCLUSIVE")
            database.execute("ROLLBACK")
    except sqlite3.OperationalError as error:
        return error.sqlite_errorcode in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED)
    return False


def put(made: Path, place: Path, aside: Path) -> bool:
    """Move a restored file to its place; whether there was one, which is at ``aside`` then."""
    there = place.exists()
    for suffix in BESIDE:
        if (old := Path(f"{place}{suffix}")).exists():
            old.rename(f"{aside}{suffix}")
    made.rename(place)
    return there


def _copy(source: sqlite3.Connection, out: Path) -> None:
    with out.open("rb") as file, closing(sqlite3.connect(out)) as target:
        # It is whole or thrown away: nothing has to be undone in it.
        target.execute("PRAGMA journal_mode=OFF")
        target.execute("PRAGMA synchronous=OFF")
        [size] = source.execute("PRAGMA page_size").fetchone()
        gently = Gently(file.fileno())
        source.backup(target, pages=PAGES, progress=lambda *_: gently.wrote(PAGES * size))


@contextmanager
def _opened(
    path: Path, mode: str, more: str = "", *, seconds: float = BUSY_SECONDS
) -> Iterator[sqlite3.Connection]:
    address = f"file:{quote(str(path.absolute()))}?mode={mode}{more}"
    with closing(
        sqlite3.connect(address, uri=True, timeout=seconds, isolation_level=None)
    ) as database:
        add_functions(database)
        yield database


def _revision(database: sqlite3.Connection) -> str:
    try:
        [(revision,)] = database.execute("SELECT version_num FROM alembic_version")
    except (sqlite3.OperationalError, ValueError):
        raise BackupError("This is no database of Parley.", "Name Parley's.") from None
    return str(revision)


def _hashes(database: sqlite3.Connection) -> Sequence[str]:
    if not database.execute("SELECT 1 FROM sqlite_master WHERE name = 'files'").fetchone():
        return []
    query = "SELECT DISTINCT sha256 FROM files WHERE sha256 IS NOT NULL ORDER BY sha256"
    return [sha256 for (sha256,) in database.execute(query)]
