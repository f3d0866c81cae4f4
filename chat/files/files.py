"""The use cases on attached files: bring one, read what was made of it, delete it."""

import asyncio
import hashlib
import logging
import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from random import randrange
from typing import IO

from chat.config import Settings
from chat.errors import InvalidInput, ToolError
from chat.files import duck, reading
from chat.files.arriving import Arrivals, ComingFile, check_count, check_room, check_there, on_disk
from chat.files.counting import FileCount
from chat.files.names import file_name
from chat.files.sweeping import sweep
from chat.limits.payers import NOWHERE, PeerAddress
from chat.limits.spending import Limits
from chat.work.children import WorkLimits
from chat.work.pool import Pool
from store import files, users
from store.database import Database
from store.errors import FileNotHere, StoreError
from store.file_folder import BYTES, PARTS, FileFolder, discard
from store.file_values import NewFile, StoredFile, TableInfo
from store.types import utc_now

PIECE = 1024 * 1024
LIMITS = WorkLimits(seconds=90, memory=2_000_000_000, kept=64_000_000)
AGAIN, FAILED_MAX = timedelta(minutes=1), 1_000
"""What could not be read is not tried again for so long; of so many files that is known."""

log = logging.getLogger("parley.files")


@dataclass(eq=False)
class Files:
    """Those of one process; each call takes its time, and belongs into a thread.

    ``counted`` is told how many files all users have, and with how many bytes.
    """

    settings: Settings
    database: Database
    limits: Limits
    now: Callable[[], datetime] = utc_now
    counted: Callable[[int, int], None] = lambda _count, _size: None
    work: Pool = field(default_factory=lambda: Pool(LIMITS))
    folder: FileFolder = field(init=False)
    arrivals: Arrivals = field(init=False)
    _count: FileCount = field(init=False)
    _again: threading.Lock = field(default_factory=threading.Lock)
    _failed: dict[str, datetime] = field(default_factory=dict)
    _sweeps: int = field(default_factory=partial(randrange, PARTS))

    def __post_init__(self) -> None:
        self.folder = FileFolder(self.settings.files_folder)
        self.arrivals = Arrivals(self.settings, self.folder)
        self._count = FileCount(self.database, self.counted)

    def add(
        self,
        user_id: str,
        body: IO[bytes],
        name: str,
        *,
        address: PeerAddress = NOWHERE,
        is_paid: bool = False,
    ) -> tuple[StoredFile, bool]:
        """Read and keep a file; False where they had one with the same bytes.

        One that ``is_paid`` was counted with what it came in. Raises `Refused`, `InvalidInput` or
        `TooMany`; nothing stays of it then.
        """
        arriving = self.begin(user_id)
        try:
            while piece := body.read(PIECE):
                self.arrivals.write(arriving, piece)
            if known := self.known(arriving):
                return known, False
            new = asyncio.run(self.read(arriving, name))
            return self.keep(arriving, new, address, is_paid=is_paid)
        finally:
            self.arrivals.close(arriving)

    def begin(self, user_id: str, size: int = 0) -> ComingFile:
        """One that comes piece by piece, to be closed however it goes on; see `Arrivals.open`."""
        with self.database.reading() as db:
            role = users.get(db, user_id=user_id).role
            used = files.used_bytes(db, user_id=user_id)
        return self.arrivals.open(user_id, role, used, size)

    def known(self, arriving: ComingFile) -> StoredFile | None:
        """All of it came; the file of theirs that has the same bytes, if there is one."""
        check_there(arriving)
        with on_disk():
            arriving.finish()
        with self.database.reading() as db:
            found = files.with_hash(db, user_id=arriving.user_id, sha256=arriving.sha256)
        if not found or not self._is_whole(found):
            return None
        with self.database.transaction() as db:
            return files.came_again(
                db, user_id=arriving.user_id, sha256=arriving.sha256, now=self.now()
            )

    async def read(self, arriving: ComingFile, name: str) -> NewFile:
        """What it is; raises `InvalidInput` for what cannot be read."""
        name = file_name(name)
        try:
            made = await self.work.run(
                arriving.user_id, reading.read, str(arriving.path), name, str(arriving.folder)
            )
        except ToolError as refusal:
            raise InvalidInput(refusal.message, refusal.fix, field="body") from None
        digest = arriving.sha256
        return NewFile(name, made.kind, made.media_type, arriving.size, digest, made.details)

    def keep(
        self,
        arriving: ComingFile,
        new: NewFile,
        address: PeerAddress = NOWHERE,
        *,
        is_paid: bool = False,
    ) -> tuple[StoredFile, bool]:
        """Keep one that was read; as `add`."""
        with on_disk():
            self.folder.settle(arriving.folder)
        with self.limits.spending(arriving.user_id, address) as may:
            files.hold_of(may.db, [arriving.user_id])  # else two could be too much together
            role = users.get(may.db, user_id=arriving.user_id).role
            used = files.used_bytes(may.db, user_id=arriving.user_id)
            stored, is_new = files.add(may.db, user_id=arriving.user_id, new=new, now=self.now())
            if is_new:
                arriving.room = self.arrivals.most(role)[1] - used
                check_room(new.size, arriving)
                check_count(files.count(may.db, user_id=arriving.user_id), role)
                may.add_file(0 if is_paid else new.size)
            with on_disk():
                self.folder.keep(arriving.folder, new.sha256)
        if is_new:
            log.info("file kind=%s bytes=%s user=%s", new.kind, new.size, arriving.user_id)
        return stored, is_new

    def get(self, user_id: str, file_id: str) -> StoredFile:
        """One of theirs; raises `FileNotHere`."""
        with self.database.reading() as db:
            return files.get(db, user_id=user_id, file_id=file_id)

    def listed(
        self, user_id: str, *, limit: int, before: tuple[datetime, str] | None = None
    ) -> list[StoredFile]:
        """Theirs, newest first; ``before`` is time and id of the last one that is known."""
        with self.database.reading() as db:
            return files.listed(db, user_id=user_id, limit=limit, before=before)

    def remove(self, user_id: str, file_id: str) -> None:
        """Remove one for good, from messages too, which still name it; raises `FileNotHere`."""
        with self.database.transaction() as db:
            files.remove(db, user_id=user_id, file_id=file_id, now=self.now())
        with suppress(StoreError, OSError):  # what cannot go at this moment goes with the upkeep
            self.sweep()

    def bytes_path(self, file: StoredFile) -> Path:
        """Where its bytes are, as they came; raises `FileNotHere`."""
        if file.sha256 is None or not self._has_bytes(file):
            raise FileNotHere
        return self.folder.of(file.sha256) / BYTES

    def text(self, file: StoredFile, most_chars: int) -> str:
        """How its text begins; empty where it has none."""
        path = self._made(file, reading.TEXT)
        if path is None:
            return ""
        with path.open(encoding="utf-8", newline="") as text:
            return text.read(most_chars)

    def picture(self, file: StoredFile) -> Path | None:
        """A picture, turned and no larger than models take it."""
        return self._made(file, "picture.jpg", "picture.png") if file.kind == "image" else None

    def small(self, file: StoredFile) -> Path | None:
        """The same to be shown beside others."""
        return self._made(file, "small.webp") if file.kind == "image" else None

    def tables(self, file: StoredFile) -> Path | None:
        """A DuckDB file with its tables, to be opened for reading only."""
        return self._made(file, reading.TABLES) if file.kind == "table" else None

    def tables_anew(self, file: StoredFile) -> Path | None:
        """The same where what is there is damaged; None where it can be made no better."""
        if file.kind != "table" or file.sha256 is None:
            return None
        before = self.folder.written(file.sha256, reading.TABLES)
        with self._again:  # in which another may have made them
            is_new = self.folder.written(file.sha256, reading.TABLES) != before
            if not is_new and not self._made_again(file):
                return None
            return self._there(file.sha256, (reading.TABLES,))

    def first_rows(self, file: StoredFile, table: TableInfo) -> Path | None:
        """The first 1,000 rows of one of its tables, as Parquet."""
        names = [one.name for one in file.details.tables]
        if file.kind != "table" or table.name not in names:
            return None
        return self._made(file, duck.FIRST.format(names.index(table.name)))

    def sweep(self) -> None:
        """Remove the bytes of files that are gone, and what was left half-written."""
        self._sweeps += 1
        sweep(self.database, self.folder, self._sweeps)

    def tidy(self) -> None:
        """Now and then: `sweep`, and count some more of them where somebody may ask for that."""
        self.sweep()
        if self.settings.metrics_token is not None or self.settings.mode.accounts:
            self._count.go_on()

    @property
    def last_count(self) -> tuple[int, int] | None:
        """How many files all users have, and their bytes; None before all were counted once."""
        return self._count.last

    def close(self) -> None:
        """End what is being read."""
        self.work.close()

    def make_again(self, file: StoredFile) -> None:
        """Make anew what is made of a file, as where that is damaged.

        Raises `ToolError`, `FileNotHere` and `OSError`.
        """
        path, digest = self.bytes_path(file), file.sha256 or ""
        if not self._is_whole(file):
            raise ToolError("Its bytes are not those that came.", "Attach the file again.")
        coming = self.folder.new()
        try:
            asyncio.run(self.work.run("", reading.read, str(path), file.name, str(coming)))
            self.folder.settle(coming)
            with self.database.transaction(even_read_only=True) as db:
                files.hold(db, digest)
                if self._has_bytes(file):
                    self.folder.keep(coming, digest)
        finally:
            discard(coming)

    def _made(self, file: StoredFile, *names: str) -> Path | None:
        """The first of these that there is, made again where none is."""
        if file.sha256 is None:
            return None
        if found := self._there(file.sha256, names):
            return found
        with self._again:
            if found := self._there(file.sha256, names):
                return found
            self._made_again(file)
        return self._there(file.sha256, names)

    def _made_again(self, file: StoredFile) -> bool:
        """Under the lock: whether it was; each time costs what reading the file does."""
        digest, now = file.sha256 or "", self.now()
        if digest in self._failed and now < self._failed[digest] + AGAIN:
            return False
        try:
            self.make_again(file)
        except (ToolError, FileNotHere, OSError) as failure:
            log.warning("file=%s cannot be read again: %s", file.file_id, type(failure).__name__)
            if len(self._failed) >= FAILED_MAX:
                self._failed.clear()
            self._failed[digest] = now
            return False
        return True

    def _there(self, sha256: str, names: tuple[str, ...]) -> Path | None:
        found = (self.folder.whole(sha256, name) for name in names)
        return next((path for path in found if path), None)

    def _is_whole(self, file: StoredFile) -> bool:
        """Whether its bytes are as they came, which takes the time of reading them."""
        try:
            with self.folder.opened(file.sha256 or "-") as body:
                return hashlib.file_digest(body, "sha256").hexdigest() == file.sha256
        except OSError:
            return False

    def _has_bytes(self, file: StoredFile) -> bool:
        return self.folder.size(file.sha256 or "-") == file.size
