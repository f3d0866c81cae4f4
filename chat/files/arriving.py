"""Files on their way in: hashed and written to the disk as they come, each within its limits."""

import errno
import hashlib
import logging
import os
import shutil
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

from chat.config import Settings
from chat.errors import ConfigurationError, InvalidInput, ParleyError, TooMany
from chat.limits.words import counted
from store.disk import FILE_MODE
from store.errors import Refused
from store.file_folder import BYTES, FileFolder, discard

MB = 1024 * 1024
AT_ONCE = 10
ALL_OF_ONE = 20
"""Files of one person that come at the same time, and how many longest ones all may have."""
FILES_MAX, GUEST_FILES_MAX = 10_000, 500
"""So many somebody may have, however small: each is a folder with some files in it."""
_FULL = (errno.ENOSPC, errno.EDQUOT)

log = logging.getLogger("parley.files")


class FileTooLarge(Refused):
    """More bytes than a file may have, or than somebody may keep."""

    code = "too_large"
    status = 413


class FolderUnusable(ParleyError):
    """The folder of files is not there, or nothing can be written into it."""

    code = "files_unavailable"
    status = 503
    said = "Files cannot be kept now.", "Try again later; the operator finds why in the log."


@dataclass(eq=False)
class ComingFile:
    """One file; ``most`` are the bytes that it may have, ``room`` what its owner may add."""

    user_id: str
    folder: Path
    most: int
    room: int
    file: IO[bytes] = field(init=False)
    size: int = 0
    _hash: "hashlib._Hash" = field(default_factory=hashlib.sha256)

    def __post_init__(self) -> None:
        flags = os.O_CREAT | os.O_EXCL | os.O_WRONLY
        self.file = os.fdopen(os.open(self.folder / BYTES, flags, FILE_MODE), "wb")

    @property
    def sha256(self) -> str:
        """Of what came."""
        return self._hash.hexdigest()

    @property
    def path(self) -> Path:
        """Where it is."""
        return self.folder / BYTES

    def add(self, piece: bytes) -> None:
        """The next bytes."""
        self.size += len(piece)
        self._hash.update(piece)
        self.file.write(piece)

    def finish(self) -> None:
        """All of it is there, also after a loss of power."""
        self.file.flush()
        os.fsync(self.file.fileno())
        self.file.close()


@dataclass(eq=False)
class Arrivals:
    """Those of one process; safe to use from any thread."""

    settings: Settings
    folder: FileFolder
    _coming: set[ComingFile] = field(default_factory=set)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def most(self, role: str) -> tuple[int, int]:
        """How many bytes a file of somebody of this role may have, and all of theirs."""
        settings = self.settings
        one, whole = settings.file_mb, settings.user_files_mb
        if role == "guest":
            one, whole = min(one, settings.guest_file_mb), min(whole, settings.guest_files_mb)
        return one * MB, whole * MB

    def open(self, user_id: str, role: str, used: int, size: int = 0) -> ComingFile:
        """A new one of ``size`` bytes as is said, of somebody who has so many; raises `Refused`.

        Raises `TooMany`, too.
        """
        most, whole = self.most(role)
        with on_disk():
            arriving = ComingFile(user_id, self.folder.new(), most, whole - used)
        try:
            with self._lock:
                theirs = [one for one in self._coming if one.user_id == user_id]
                if len(theirs) >= AT_ONCE:
                    said = "Many files of yours are coming in."
                    raise TooMany(said, "Wait for them, or cancel some.", retry_after=10)
                self._check(arriving, size)
                self._coming.add(arriving)
        except BaseException:
            self.close(arriving)
            raise
        return arriving

    def write(self, arriving: ComingFile, piece: bytes) -> None:
        """The next bytes; raises `FileTooLarge`, and what `on_disk` raises."""
        with self._lock:
            self._check(arriving, arriving.size + len(piece))
        with on_disk():
            arriving.add(piece)

    def close(self, arriving: ComingFile) -> None:
        """Let it go, with what was not kept of it."""
        with self._lock:
            self._coming.discard(arriving)
        arriving.file.close()
        discard(arriving.folder)

    def _check(self, arriving: ComingFile, size: int) -> None:
        if size > arriving.most:
            said = f"The file has more than {counted(arriving.most // MB, 'megabyte')}."
            raise FileTooLarge(said, "Attach a part of it, or ask the operator to allow more.")
        others = [one for one in self._coming if one is not arriving]
        theirs = sum(one.size for one in others if one.user_id == arriving.user_id)
        # One more than there is room for: it may be one that they have already.
        check_room(size + theirs - arriving.most, arriving)
        coming = sum(one.size for one in others)
        most = ALL_OF_ONE * self.settings.file_mb * MB
        with on_disk():
            free = shutil.disk_usage(self.folder.path).free
        if coming + size > most or free < self.settings.min_free_mb * MB + size - arriving.size:
            raise _no_room()


@contextmanager
def on_disk() -> Iterator[None]:
    """A block that writes files; raises `TooMany` where the disk is full, else `FolderUnusable`."""
    try:
        yield
    except OSError as failure:
        if failure.errno in _FULL:
            raise _no_room() from failure
        log.error("the folder of files cannot be used: %s", failure)
        raise FolderUnusable from failure


def check_folder(settings: Settings) -> None:
    """Raise `ConfigurationError` where the folder that was set cannot be used at all."""
    folder = FileFolder(settings.files_folder)
    try:
        if settings.files:
            discard(folder.new())
    except OSError as failure:
        if failure.errno not in _FULL:
            said = f"PARLEY_FILES names {folder.path}, which cannot be used: {failure.strerror}."
            raise ConfigurationError(said) from failure


def check_room(size: int, arriving: ComingFile) -> None:
    """Raise `FileTooLarge` where its owner would have more than they may."""
    if size > arriving.room:
        said = "With this file yours would take more space than you may use."
        raise FileTooLarge(said, "Delete files or chats that you no longer need.")


def check_count(files: int, role: str) -> None:
    """Raise `Refused` where these are more than somebody of this role may have."""
    most = GUEST_FILES_MAX if role == "guest" else FILES_MAX
    if files > most:
        said = f"You have {counted(most, 'file')} already."
        raise Refused(said, "Delete files or chats that you no longer need.")


def check_there(arriving: ComingFile) -> None:
    """Raise `InvalidInput` where nothing came."""
    if not arriving.size:
        raise InvalidInput("There is no file.", "Send it as the body.", field="body")


def _no_room() -> TooMany:
    fix = "Try again later, or ask the operator for more disk space."
    return TooMany("There is no room for the file now.", fix, retry_after=600)
