"""Files on their way in, on the disk and never in memory, and how much of it they may take.

They have no name: nobody else opens them, and they are gone with whoever holds them, however the
process ends.
"""

import shutil
import tempfile
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import IO
from uuid import uuid4

from chat.config import Settings
from chat.errors import TooMany
from chat.limits.words import counted
from store.errors import Conflict, NotFound, Refused

MB = 1024 * 1024
GUEST_MB = 20
HELD_SECONDS = 1800.0
ALL = 3
"""So many times what one person may hold is held of everybody together."""


class UploadNotFound(NotFound):
    """No such file of this user is held."""

    code = "upload_not_found"
    said = "The file is no longer here.", "Send it again."


class TooLarge(Refused):
    """More than may come in at once."""

    code = "too_large"
    status = 413


def _unnamed() -> IO[bytes]:
    return tempfile.TemporaryFile(prefix="parley-")


@dataclass(eq=False)
class Spool:
    """One file; `write` as it comes, then read it as ``file``."""

    user_id: str
    most: int
    id: str = field(default_factory=lambda: uuid4().hex)
    file: IO[bytes] = field(default_factory=_unnamed)
    size: int = 0
    total: int = 0
    mapping: Mapping[str, str] = field(default_factory=dict)
    preview: object = None
    is_held: bool = False
    is_used: bool = False
    since: float = 0.0
    _reading: threading.Lock = field(default_factory=threading.Lock)

    @property
    def is_being_read(self) -> bool:
        """Whether somebody holds its place in the file."""
        return self._reading.locked()

    def take(self) -> None:
        """Have it read by nobody else until `leave`; raises `Conflict`."""
        if not self._reading.acquire(blocking=False):
            raise Conflict("The file is being read.", "Wait until that is done.")

    def leave(self) -> None:
        """Others may read it."""
        self._reading.release()


class Spools:
    """All of one process; safe to use from any thread."""

    def __init__(self, settings: Settings, clock: Callable[[], float] = time.monotonic) -> None:
        self._settings = settings
        self._clock = clock
        self._held: dict[str, Spool] = {}
        self._lock = threading.Lock()

    def most(self, role: str) -> int:
        """How many bytes somebody of this role may hold."""
        mb = self._settings.import_mb
        return (min(mb, GUEST_MB) if role == "guest" else mb) * MB

    def open(self, user_id: str, role: str, size: int = 0) -> Spool:
        """A new file, of which ``size`` is said; raises `TooLarge` or `TooMany`.

        Another of theirs that only waits goes.
        """
        most = self.most(role)
        if size > most:
            raise _too_large(most)
        with self._lock:
            self._let_go_of_old(user_id)
            if any(one.user_id == user_id for one in self._held.values()):
                raise TooMany("Another file of yours is coming in.", "Wait for it, or cancel it.")
            spool = Spool(user_id, most, since=self._clock())
            self._held[spool.id] = spool
        return spool

    def write(self, spool: Spool, piece: bytes) -> None:
        """The next bytes; raises `TooLarge`, or `TooMany` where the disk is needed by others."""
        spool.size += len(piece)
        if spool.size > spool.most:
            raise _too_large(spool.most)
        all_of_them = sum(one.size for one in list(self._held.values()))
        free = shutil.disk_usage(tempfile.gettempdir()).free
        if (
            all_of_them > ALL * self._settings.import_mb * MB
            or free < self._settings.min_free_mb * MB
        ):
            fix = "Try again later, or ask the operator for more disk space."
            raise TooMany("There is no room for the file now.", fix, retry_after=600)
        spool.file.write(piece)

    def hold(self, spool: Spool) -> None:
        """It is all there, and waits for its owner to go on; half an hour."""
        spool.since, spool.is_held = self._clock(), True

    def held(self, user_id: str, spool_id: str) -> Spool:
        """One that waits; raises `UploadNotFound`."""
        found = self._held.get(spool_id)
        if found is None or found.user_id != user_id or found.is_used or not found.is_held:
            raise UploadNotFound
        return found

    def close(self, spool: Spool) -> None:
        """Let it go."""
        with self._lock:
            self._held.pop(spool.id, None)
        spool.file.close()

    def close_all(self) -> None:
        """Let all of them go that are not read now."""
        for spool in list(self._held.values()):
            if not spool.is_used:
                self.close(spool)

    def _let_go_of_old(self, user_id: str) -> None:
        now = self._clock()
        for spool in list(self._held.values()):
            waits = spool.is_held and not spool.is_used and not spool.is_being_read
            if waits and (spool.user_id == user_id or now - spool.since > HELD_SECONDS):
                del self._held[spool.id]
                spool.file.close()


def _too_large(most: int) -> TooLarge:
    text = f"The file has more than {counted(most // MB, 'megabyte')}."
    return TooLarge(text, "Import a part of it, or ask the operator to allow more.")
