"""The database's files and folder: nobody else on the computer reads them, or how full the disk is.

Chats, password hashes and the key that signs logins are inside.
"""

import logging
import os
import shutil
import stat
from contextlib import suppress
from pathlib import Path

FILE_MODE, FOLDER_MODE = 0o600, 0o700
BESIDE = ("", "-wal", "-shm", "-journal")
_OTHERS = stat.S_IRWXG | stat.S_IRWXO

log = logging.getLogger("parley.store")


def make_private(file: Path) -> None:
    """Make the folder and an empty file, or close those that are there to everybody else.

    SQLite gives what it makes beside the file the file's own mode.
    """
    _make_folder(file.parent)
    with suppress(FileExistsError):
        os.close(os.open(file, os.O_CREAT | os.O_EXCL | os.O_WRONLY, FILE_MODE))
    for suffix in BESIDE:
        _close(Path(f"{file}{suffix}"), FILE_MODE)
    names = {f"{file.name}{suffix}" for suffix in BESIDE}
    if {entry.name for entry in file.parent.iterdir()} <= names:
        _close(file.parent, FOLDER_MODE)
    elif file.parent.stat().st_mode & _OTHERS:
        log.warning("%s is not Parley's alone: left as it is, others may enter", file.parent)


def free_bytes(file: Path) -> int | None:
    """How much fits on its disk; None where that cannot be told."""
    with suppress(OSError):
        return shutil.disk_usage(file.parent).free
    return None


def _make_folder(folder: Path) -> None:
    """With those above it that are missing."""
    if not folder.exists():
        _make_folder(folder.parent)
        folder.mkdir(mode=FOLDER_MODE, exist_ok=True)


def _close(path: Path, mode: int) -> None:
    try:
        found = path.stat()
        if found.st_mode & _OTHERS and stat.S_ISREG(found.st_mode) == (mode == FILE_MODE):
            path.chmod(mode)
    except FileNotFoundError:
        pass
    except OSError as failure:
        log.warning("%s stays open to others: %s", path, failure.strerror)
