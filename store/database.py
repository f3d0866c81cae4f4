"""The database: from a URL to transactions, and its troubles in words."""

import logging
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, IntegrityError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlmodel import Session as Session

from store import migrations
from store.dialects import ADDRESSES, DIALECTS, Dialect
from store.errors import CannotOpen, ReadOnly, StorageUnavailable
from store.maintenance import Maintenance

REFUSED_SECONDS = 60.0

log = logging.getLogger("parley.store")


class Database:
    """One database of one process; safe to use from any thread.

    ``observe`` is told for how many seconds each transaction was open, waiting included.
    """

    def __init__(self, url: str, *, observe: Callable[[float], None] = lambda _: None) -> None:
        self.observe = observe
        self.uses = 0
        """About how many transactions there were; two that end at once may count as one."""
        self._dialect = _dialect(url)
        self.maintenance = Maintenance()
        """As far as this process has looked; a command of the operator's never looks."""
        self.url = url
        self.path = self._dialect.path
        self._refused = -REFUSED_SECONDS
        self.engine = self._dialect.engine()
        self.engine.hide_parameters = True  # what people write is in no error, and so in no log
        self._writing = self.engine.execution_options(parley_write=True)
        self._reading = self.engine.execution_options(**self._dialect.reading)

    @property
    def label(self) -> str:
        """Where the data is, for people; never a password."""
        return self._dialect.label

    def open(self) -> None:
        """Make what is missing and bring the schema up to date; raises `CannotOpen`."""
        try:
            self._dialect.before_opening()
            migrations.upgrade(self._writing)
            self._dialect.after_opening()
        except (OSError, DBAPIError, PoolTimeout) as error:
            raise CannotOpen(
                f"The database {self.label} cannot be opened: {_cause(error)}.",
                f"{self._dialect.advice}, or choose another with PARLEY_DATABASE_URL.",
            ) from error

    def written(self) -> object:
        """Another value whenever anybody has written; None where that cannot be told."""
        return self._dialect.written()

    def free_bytes(self) -> int | None:
        """How much fits on its disk; None where that cannot be told from here."""
        return self._dialect.free_bytes()

    def disk_fails(self) -> bool:
        """Whether the disk refused what was to be written within the last minute."""
        return time.monotonic() - self._refused < REFUSED_SECONDS

    def close(self) -> None:
        """Give all connections back."""
        self.engine.dispose()

    @contextmanager
    def transaction(self, *, even_read_only: bool = False) -> Iterator[Session]:
        """A writing transaction: committed at the end of the block, or nothing of it is kept.

        Raises `StorageUnavailable` when the database cannot be used, and `ReadOnly` during
        maintenance. ``even_read_only`` is for what the house itself must write even then: what
        becomes of answers that run, what these use up, and what keeps the house in order.
        """
        self._check(even_read_only)
        with (
            self._timed(),
            self._dialect.turn_to_write(),
            self._translated(),
            Session(self._writing) as db,
            db.begin(),
        ):
            self._check(even_read_only)  # it may have begun while this one waited
            yield db

    @contextmanager
    def reading(self) -> Iterator[Session]:
        """One consistent view for reading; raises `StorageUnavailable`."""
        with self._timed(), self._translated(), Session(self._reading) as db:
            yield db

    def check_writing(self) -> None:
        """Raise `StorageUnavailable` unless it can be written to now, by the house at least."""
        with self.transaction(even_read_only=True):
            pass

    def _check(self, even_read_only: bool) -> None:
        if self.maintenance.is_on and not even_read_only:
            raise ReadOnly.saying(self.maintenance.words)

    @contextmanager
    def _timed(self) -> Iterator[None]:
        began = time.monotonic()
        try:
            yield
        finally:
            self.uses += 1
            self.observe(time.monotonic() - began)

    @contextmanager
    def _translated(self) -> Iterator[None]:
        try:
            self._dialect.check(self.engine, migrations.check)
            yield
        except IntegrityError:
            raise
        except (DBAPIError, PoolTimeout, OSError) as error:
            what, fix = _told(error)
            if fix in DISK_FIXES:
                self._refused = time.monotonic()
            log.warning("database: %s", _cause(error))
            raise StorageUnavailable(f"The database is not available{what}.", fix) from error


def _dialect(url: str) -> Dialect:
    try:
        parsed = make_url(url)
    except (ArgumentError, ValueError):  # whose text may have a part of the password in it
        parsed = None
    if parsed is None:
        raise CannotOpen("The address of the database cannot be read.", _ADDRESS)
    if (name := parsed.get_backend_name()) not in DIALECTS:
        raise CannotOpen(f"{name} databases are not supported.", _ADDRESS)
    return DIALECTS[name](parsed)


def _cause(error: Exception) -> str:
    if isinstance(error, FileNotFoundError):
        return f"{error.filename} is missing"
    if isinstance(error, DBAPIError):
        return str(error.orig).strip().splitlines()[0].rstrip(".")
    if isinstance(error, OSError):
        return (error.strerror or str(error)).lower()
    return "too many connections are in use"


def _told(error: Exception) -> tuple[str, str]:
    """What is said of it to whoever asks, and what to do; addresses and paths are the log's."""
    cause = _cause(error).lower()
    for words, what, fix in _CAUSES:
        if any(word in cause for word in words):
            return f": {what}", fix
    return "", "Try again in a moment; if it stays, look at the server's log."


_ADDRESS = f"Set PARLEY_DATABASE_URL to {ADDRESSES}."
_WRITABLE = "Make the file and its folder writable, try again."
_SPACE = "Free some disk space, then try again."
DISK_FIXES = {_WRITABLE, _SPACE}
_CAUSES = (
    (
        ("missing", "unable to open"),
        "its file is missing",
        "Put the file and its folder back, then try again.",
    ),
    (
        ("locked", "busy"),
        "it is locked",
        "Another program holds the database; close it, then try again.",
    ),
    (("readonly", "read-only", "permission"), "it is readonly", _WRITABLE),
    (("full", "i/o", "space", "too large"), "the disk takes no more", _SPACE),
    (
        ("too many",),
        "too many connections are in use",
        "Check that the database server runs, then try again.",
    ),
    (
        ("connection", "connect"),
        "its server does not answer",
        "Check that the database server runs, then try again.",
    ),
)
