"""What differs between the databases; with how texts are searched, all of it.

SQLite: WAL, a busy timeout of 5 s, foreign keys, ``synchronous=FULL``; a writing transaction
takes the lock at once (``BEGIN IMMEDIATE``), so two writers wait for each other instead of
failing half-way. The file is opened without creating it once Parley runs: a file or folder that
vanishes is reported, never silently replaced by an empty one.
"""

import re
import sqlite3
import threading
import time
import zlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from urllib.parse import quote

from sqlalchemy import URL, Connection, Engine, create_engine, event, text
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.pool import QueuePool
from sqlalchemy.schema import CreateIndex
from sqlalchemy.sql.compiler import DDLCompiler

from store.disk import free_bytes, make_private
from store.errors import StorageUnavailable

BUSY_SECONDS = 5
# Writers of one process are served one after another: 200 who send at once need a while.
QUEUE_SECONDS = 20
WHERE = "where"
"""What an index that is over some rows only has as its ``info``: a condition in SQL."""
ADDRESSES = "sqlite:///<file> or postgresql://<user>:<password>@<host>/<database>"
CLOCKS = {"sqlite": "strftime('%Y-%m-%d %H:%M:%f000', 'now')", "postgresql": "clock_timestamp()"}
"""The time by the database's clock, in its SQL, as long as any other time that is kept."""
UNPACK = {"sqlite": "parley_unpacked"}
"""The function that gives a packed text back, where texts are packed."""
_POSTGRESQL = re.compile(
    r"postgresql(\+psycopg)?://([^:/]*(:[^@]*)?@)?(\[[^/\]]+\]|[^/:\s]*)(:\d{1,5})?(/[^?]*)?(\?.*)?"
)
LOG_PAGES = 4_000
"""What is written and gone before the log has 16 MB, such as pieces of answers, costs no more."""
_RETRY_SECONDS = 0.01
_AGAIN = "Try again in a moment."
_SQLITE = b"SQLite format 3\0"
_UPGRADE_LOCK = 0x9A41E7


class Dialect:
    """What `store.database` asks of a database; as it is, one on a server that needs no care.

    ``label`` is where the data is, for people, never with a password; ``advice`` what to look at
    when it cannot be opened, ``reading`` the options of connections that only read.
    """

    path: Path | None = None
    advice = "Check that the database server runs and lets you in"
    # SQLite always reads from one snapshot; PostgreSQL does when asked to.
    reading: Mapping[str, str] = {"isolation_level": "REPEATABLE READ"}

    def __init__(self, url: URL) -> None:
        self.url = url

    @property
    def label(self) -> str:
        """The address without what is secret in it."""
        secrets = [name for name in self.url.query if "password" in name.casefold()]
        return self.url.difference_update_query(secrets).render_as_string(hide_password=True)

    def engine(self) -> Engine:
        """Connects when it is first used."""
        return create_engine(
            self.url.set(drivername="postgresql+psycopg"),
            pool_size=10,
            max_overflow=30,
            pool_pre_ping=True,
            pool_timeout=BUSY_SECONDS,
        )

    def before_opening(self) -> None:
        """Make what the first connection needs."""

    def after_opening(self) -> None:
        """Note what has to stay as it is."""

    @contextmanager
    def turn_to_write(self) -> Iterator[None]:
        """Around each writing transaction."""
        yield

    def written(self) -> object:
        """See `Database.written`."""
        return None

    def free_bytes(self) -> int | None:
        """See `Database.free_bytes`."""
        return None

    def check(self, engine: Engine, is_ours: Callable[[Engine], None]) -> None:
        """Before each use: raise when it is not what was opened, or take up what took its place.

        ``is_ours`` raises for a database that Parley has not prepared.
        """


class Sqlite(Dialect):
    """A file of this computer."""

    advice = "Check that the folder is writable and the file is a Parley database"
    reading: Mapping[str, str] = {}

    def __init__(self, url: URL) -> None:
        super().__init__(url)
        self.file = self.path = Path(url.database or "parley.db").absolute()
        self._create_file = True
        self._inode: int | None = None
        self._reopening = threading.Lock()
        self._writer = threading.Lock()

    @property
    def label(self) -> str:
        """The file."""
        return str(self.file)

    def engine(self) -> Engine:
        """Connections to the file, each set up to lose nothing."""
        engine = create_engine(
            "sqlite://",
            creator=self._connect,
            poolclass=QueuePool,
            pool_size=10,
            max_overflow=40,
            pool_timeout=BUSY_SECONDS,
        )
        event.listen(engine, "begin", _begin)
        return engine

    def before_opening(self) -> None:
        """Make folder and file, for nobody else to read."""
        make_private(self.file)

    def after_opening(self) -> None:
        """From now on the file must be there, and be this one."""
        self._inode = self.file.stat().st_ino
        self._create_file = False

    @contextmanager
    def turn_to_write(self) -> Iterator[None]:
        """Writers of one process queue here: SQLite makes them poll, and some wait for long."""
        if not self._writer.acquire(timeout=QUEUE_SECONDS):
            raise StorageUnavailable("The database is not available: it is locked.", _AGAIN)
        try:
            yield
        finally:
            self._writer.release()

    def written(self) -> object:
        """When and how long its files are."""
        found = []
        for suffix in ("", "-wal"):
            with suppress(OSError):
                state = Path(f"{self.file}{suffix}").stat()
                found.append((state.st_mtime_ns, state.st_size))
        return found

    def free_bytes(self) -> int | None:
        """On the disk of its file."""
        return free_bytes(self.file)

    def check(self, engine: Engine, is_ours: Callable[[Engine], None]) -> None:
        """Connections keep writing to a file that was moved away; so look before each use."""
        if self._inode is None:
            return
        inode = self.file.stat().st_ino
        if inode == self._inode:
            return
        with self._reopening:
            with self.file.open("rb") as file:
                if file.read(len(_SQLITE)) != _SQLITE:
                    raise StorageUnavailable(
                        "The database was replaced by a file that is none.",
                        "Put the right file back, then try again.",
                    )
            if self._inode:
                _settle(engine)
            engine.dispose()
            self._inode = 0
            is_ours(engine)
            self._inode = inode

    def _connect(self) -> sqlite3.Connection:
        mode = "rwc" if self._create_file else "rw"
        connection = sqlite3.connect(
            f"file:{quote(str(self.file))}?mode={mode}",
            uri=True,
            timeout=BUSY_SECONDS,
            isolation_level=None,
            check_same_thread=False,
        )
        add_functions(connection)
        try:
            _use_wal(connection)
            log = f"wal_autocheckpoint={LOG_PAGES}"
            for pragma in ("foreign_keys=ON", "synchronous=FULL", log):
                connection.execute(f"PRAGMA {pragma}")
        except sqlite3.Error:
            connection.close()
            raise
        return connection


DIALECTS: Mapping[str, Callable[[URL], Dialect]] = {"sqlite": Sqlite, "postgresql": Dialect}
"""By the first part of an address."""


def database_url(text: str, folder: Path) -> str:
    """The URL that somebody wrote, a file's path made absolute from ``folder``.

    Raises `ValueError` for one of no known database.
    """
    if _POSTGRESQL.fullmatch(text):
        return text
    path = text.removeprefix("sqlite:///")
    if path in {text, "", ":memory:"} or "?" in path or path.startswith("file:"):
        raise ValueError
    return f"sqlite:///{folder / Path(path).expanduser()}"


@compiles(CreateIndex)
def _create_index(made: CreateIndex, compiler: DDLCompiler, **options: object) -> str:
    """With the rows it is over: all databases say so alike, but to name each loads all of them."""
    sql: str = compiler.visit_create_index(made, **options)  # type: ignore[no-untyped-call]
    return f"{sql} WHERE {made.element.info[WHERE]}" if WHERE in made.element.info else sql


def keeps_zones(dialect_name: str) -> bool:
    """Whether times come back with the zone they went in with."""
    return dialect_name != "sqlite"


def lock_upgrades(connection: Connection) -> None:
    """Let nobody else bring the schema up to date until the transaction ends."""
    if connection.dialect.name == "postgresql":
        lock = text("SELECT pg_advisory_xact_lock(:key)")
        connection.execute(lock, {"key": _UPGRADE_LOCK})


def lock_names(connection: Connection, names: Sequence[str]) -> None:
    """Let nobody else lock any of these names until the transaction ends.

    Where there is one writer at a time, nobody can.
    """
    if connection.dialect.name == "postgresql":
        lock = text("SELECT pg_advisory_xact_lock(hashtextextended(:name, 0))")
        for name in names:
            connection.execute(lock, {"name": name})


def _settle(engine: Engine) -> None:
    """Complete the file that was moved: its log stayed here, as if it were the new one's."""
    if engine.pool.checkedin():  # type: ignore[attr-defined]
        connection = engine.raw_connection()
        try:
            cursor = connection.cursor()
            cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            busy, *_ = cursor.fetchall()[0]
        finally:
            connection.close()
        if not busy:
            return
    raise StorageUnavailable("The database was replaced while it was in use.", _AGAIN)


def add_functions(connection: sqlite3.Connection) -> None:
    """What some of its SQL calls."""
    connection.create_function(UNPACK["sqlite"], 1, _unpacked, deterministic=True)


def _unpacked(packed: bytes) -> str:
    return zlib.decompress(packed).decode()


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


def _begin(connection: Connection) -> None:
    write = connection.get_execution_options().get("parley_write", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if write else "BEGIN")
