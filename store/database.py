"""The engine: from a URL to transactions, with what differs between the dialects.

SQLite: WAL, a busy timeout of 5 s, foreign keys, ``synchronous=FULL``; a writing transaction
takes the lock at once (``BEGIN IMMEDIATE``), so two writers wait for each other instead of
failing half-way. The file is opened without creating it once Parley runs: a file or folder that
vanishes is reported, never silently replaced by an empty one.
"""

from __future__ import annotations

import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, IntegrityError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.pool import QueuePool
from sqlmodel import Session as Session

from store import migrations
from store.errors import CannotOpen, StorageUnavailable

BUSY_SECONDS = 5
# Writers of one process are served one after another: 200 who send at once need a while.
QUEUE_SECONDS = 20
_RETRY_SECONDS = 0.01


class Database:
    """One database of one process; safe to use from any thread.

    ``observe`` is told for how many seconds each transaction was open, waiting included.
    """

    def __init__(self, url: str, *, observe: Callable[[float], None] = lambda _: None) -> None:
        self.observe = observe
        self.url = _parsed(url)
        self.path = _sqlite_path(self.url)
        self._create_file = True
        self._inode: int | None = None
        self._reopening = threading.Lock()
        self._writer = threading.Lock()
        self.engine = self._engine()
        self._writing = self.engine.execution_options(parley_write=True)
        # SQLite always reads from one snapshot; PostgreSQL does when asked to.
        level = {} if self.path else {"isolation_level": "REPEATABLE READ"}
        self._reading = self.engine.execution_options(**level)

    @property
    def label(self) -> str:
        """Where the data is, for people; never a password."""
        return str(self.path) if self.path else _without_secrets(self.url)

    def open(self) -> None:
        """Make the folder and bring the schema up to date; raises `CannotOpen`."""
        try:
            if self.path:
                self.path.parent.mkdir(parents=True, exist_ok=True)
            migrations.upgrade(self._writing)
            if self.path:
                self._inode = self.path.stat().st_ino
        except (OSError, DBAPIError, PoolTimeout) as error:
            check = (
                "Check that the folder is writable and the file is a Parley database"
                if self.path
                else "Check that the database server runs and lets you in"
            )
            raise CannotOpen(
                f"The database {self.label} cannot be opened: {_cause(error)}.",
                f"{check}, or choose another with PARLEY_DATABASE_URL.",
            ) from error
        self._create_file = False

    def close(self) -> None:
        """Give all connections back."""
        self.engine.dispose()

    @contextmanager
    def transaction(self) -> Iterator[Session]:
        """A writing transaction: committed at the end of the block, or nothing of it is kept.

        Raises `StorageUnavailable` when the database cannot be used.
        """
        with (
            self._timed(),
            self._turn_to_write(),
            self._translated(),
            Session(self._writing) as db,
            db.begin(),
        ):
            yield db

    @contextmanager
    def reading(self) -> Iterator[Session]:
        """One consistent view for reading; raises `StorageUnavailable`."""
        with self._timed(), self._translated(), Session(self._reading) as db:
            yield db

    @contextmanager
    def _timed(self) -> Iterator[None]:
        began = time.monotonic()
        try:
            yield
        finally:
            self.observe(time.monotonic() - began)

    @contextmanager
    def _turn_to_write(self) -> Iterator[None]:
        """Writers of one process queue here: SQLite makes them poll, and some wait for long."""
        if self.path is None:
            yield
            return
        if not self._writer.acquire(timeout=QUEUE_SECONDS):
            raise StorageUnavailable(
                "The database is not available: it is locked.", "Try again in a moment."
            )
        try:
            yield
        finally:
            self._writer.release()

    @contextmanager
    def _translated(self) -> Iterator[None]:
        try:
            if self.path and self._inode is not None:
                self._check_file(self.path)
            yield
        except IntegrityError:
            raise
        except (DBAPIError, PoolTimeout, OSError) as error:
            raise StorageUnavailable(
                f"The database is not available: {_cause(error)}.", _fix(error)
            ) from error

    def _check_file(self, path: Path) -> None:
        """Connections keep writing to a file that was moved away; so look before each use."""
        inode = path.stat().st_ino
        if inode == self._inode:
            return
        with self._reopening:
            if not _is_sqlite(path):
                raise StorageUnavailable(
                    "The database was replaced by a file that is none.",
                    "Put the right file back, then try again.",
                )
            if self._inode:
                self._settle()
            self.engine.dispose()
            self._inode = 0
            migrations.check(self.engine)
            self._inode = inode

    def _settle(self) -> None:
        """Complete the file that was moved: its log stayed here, as if it were the new one's."""
        if self.engine.pool.checkedin():  # type: ignore[attr-defined]
            connection = self.engine.raw_connection()
            try:
                cursor = connection.cursor()
                cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
                busy, *_ = cursor.fetchall()[0]
            finally:
                connection.close()
            if not busy:
                return
        raise StorageUnavailable(
            "The database was replaced while it was in use.", "Try again in a moment."
        )

    def _engine(self) -> Engine:
        if self.path is None:
            return create_engine(
                self.url.set(drivername="postgresql+psycopg"),
                pool_size=10,
                max_overflow=30,
                pool_pre_ping=True,
                pool_timeout=BUSY_SECONDS,
            )
        engine = create_engine(
            "sqlite://",
            creator=self._connect_sqlite,
            poolclass=QueuePool,
            pool_size=10,
            max_overflow=40,
            pool_timeout=BUSY_SECONDS,
        )
        event.listen(engine, "begin", _begin_sqlite)
        return engine

    def _connect_sqlite(self) -> sqlite3.Connection:
        mode = "rwc" if self._create_file else "rw"
        connection = sqlite3.connect(
            f"file:{quote(str(self.path))}?mode={mode}",
            uri=True,
            timeout=BUSY_SECONDS,
            isolation_level=None,
            check_same_thread=False,
        )
        try:
            _use_wal(connection)
            for pragma in ("foreign_keys=ON", "synchronous=FULL"):
                connection.execute(f"PRAGMA {pragma}")
        except sqlite3.Error:
            connection.close()
            raise
        return connection


def _use_wal(connection: sqlite3.Connection) -> None:
    """SQLite does not wait here by itself when two processes make the same file."""
    deadline = time.monotonic() + BUSY_SECONDS
    while True:
        try:
            connection.execute("PRAGMA journal_mode=WAL")
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode != sqlite3.SQLITE_BUSY or time.monotonic() > deadline:
                raise
            time.sleep(_RETRY_SECONDS)
        else:
            return


def _is_sqlite(path: Path) -> bool:
    with path.open("rb") as file:
        return file.read(len(_SQLITE)) == _SQLITE


def _begin_sqlite(connection: Connection) -> None:
    write = connection.get_execution_options().get("parley_write", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if write else "BEGIN")


def _parsed(url: str) -> URL:
    try:
        return make_url(url)
    except (ArgumentError, ValueError):  # whose text may have a part of the password in it
        pass
    raise CannotOpen("The address of the database cannot be read.", _ADDRESS)


def _without_secrets(url: URL) -> str:
    secrets = [name for name in url.query if "password" in name.casefold()]
    return url.difference_update_query(secrets).render_as_string(hide_password=True)


def _sqlite_path(url: URL) -> Path | None:
    if url.get_backend_name() == "sqlite":
        return Path(url.database or "parley.db").absolute()
    if url.get_backend_name() == "postgresql":
        return None
    raise CannotOpen(
        f"{url.get_backend_name()} databases are not supported.",
        _ADDRESS,
    )


def _cause(error: Exception) -> str:
    if isinstance(error, FileNotFoundError):
        return f"{error.filename} is missing"
    if isinstance(error, DBAPIError):
        return str(error.orig).strip().splitlines()[0].rstrip(".")
    if isinstance(error, OSError):
        return (error.strerror or str(error)).lower()
    return "too many connections are in use"


def _fix(error: Exception) -> str:
    cause = _cause(error).lower()
    for words, fix in _FIXES:
        if any(word in cause for word in words):
            return fix
    return "Try again in a moment; if it stays, look at the server's log."


_SQLITE = b"SQLite format 3\0"
_ADDRESS = "Set PARLEY_DATABASE_URL to sqlite:///path/to/file.db or postgresql://…"
_FIXES = (
    (("missing", "unable to open"), "Put the file and its folder back, then try again."),
    (("locked", "busy"), "Another program holds the database; close it, then try again."),
    (("readonly", "read-only", "permission"), "Make the file and its folder writable, try again."),
    (("full", "i/o", "space", "too large"), "Free some disk space, then try again."),
    (("connection", "connect"), "Check that the database server runs, then try again."),
)
