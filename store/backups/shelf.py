"""A folder of backups: each has a folder of its own, which is there only when it is good.

``parley-20261123T140755Z`` holds ``manifest.json``, the database's file, and ``files.txt``, the
hashes of what people attached, which lies in ``files`` beside the backups, once for all of them.
"""

import fcntl
import os
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from uuid import uuid4

from store.backups import attached, manifest
from store.backups.manifest import AGAIN, NAMES, BackupDamaged, BackupError, Manifest
from store.disk import FILE_MODE, FOLDER_MODE

MANIFEST, HASHES = "manifest.json", "files.txt"
_NAME = re.compile(r"parley-\d{8}T\d{6}Z(-\d+)?")
_COMING = ".coming-"


@dataclass(frozen=True, slots=True)
class Backup:
    """One of them."""

    path: Path
    about: Manifest

    @property
    def database(self) -> Path:
        """The database's file in it."""
        return self.path / NAMES[self.about.dialect]

    @property
    def hashes(self) -> list[str]:
        """Of what people attached; raises `BackupDamaged`."""
        try:
            return (self.path / HASHES).read_text("ascii").split()
        except (OSError, ValueError):
            raise BackupDamaged(f"{self.path / HASHES} is damaged.", AGAIN) from None

    def copy_database(self, to: Path, *, rest: float) -> None:
        """Its file at another place; raises `BackupDamaged` where it is not as it was."""
        handle = os.open(to, os.O_CREAT | os.O_EXCL | os.O_WRONLY, FILE_MODE)
        try:
            with self.database.open("rb") as source, os.fdopen(handle, "wb") as target:
                size, sha256 = manifest.copied(source, target, rest=rest)
        except FileNotFoundError:
            raise BackupDamaged(f"{self.database} is missing.", AGAIN) from None
        if (size, sha256) != (self.about.size, self.about.sha256):
            raise BackupDamaged(f"{self.database} is not as it was written.", AGAIN)


def opened(path: Path) -> Backup:
    """One backup, or the newest in a folder of them; raises `BackupError`."""
    if (path / MANIFEST).exists():
        return Backup(path, manifest.read(path / MANIFEST))
    there = listed(path)
    if not there:
        raise BackupError(f"There is no backup in {path}.", "Name a backup, or a folder of them.")
    return there[-1]


def listed(folder: Path) -> list[Backup]:
    """Those of a folder, the oldest first; what cannot be read is left out."""
    found = []
    for path in _named(folder):
        with suppress(BackupError):
            found.append(Backup(path, manifest.read(path / MANIFEST)))
    return sorted(found, key=lambda one: (one.about.made_at, one.path.name))


@contextmanager
def alone(folder: Path) -> Iterator[None]:
    """The only one that takes backups there; makes the folder, for nobody else to read."""
    try:
        folder.mkdir(FOLDER_MODE, parents=True, exist_ok=True)
    except (FileExistsError, NotADirectoryError):
        raise BackupError(f"{folder} is no folder.", "Name another one.") from None
    handle = os.open(folder / ".lock", os.O_CREAT | os.O_RDWR, FILE_MODE)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        fix = "Wait until it is done."
        raise BackupError(f"Another backup to {folder} is under way.", fix) from None
    else:
        for old in folder.glob(f"{_COMING}*"):
            shutil.rmtree(old, ignore_errors=True)
        yield
    finally:
        os.close(handle)


@contextmanager
def coming(folder: Path) -> Iterator[Path]:
    """A place for one that is being made; what is still there afterwards is removed."""
    made = folder / f"{_COMING}{uuid4().hex}"
    made.mkdir(FOLDER_MODE)
    try:
        yield made
    finally:
        shutil.rmtree(made, ignore_errors=True)


def keep(made: Path, folder: Path, about: Manifest, hashes: list[str]) -> Backup:
    """Give a good one its name."""
    _write(made / HASHES, "".join(f"{one}\n" for one in hashes))
    _write(made / MANIFEST, about.as_json())
    place = _free(folder, about.made_at)
    made.rename(place)
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
    return Backup(place, about)


def forget(folder: Path, keep: int) -> int:
    """Remove all but the newest so many, and files that none of these has; how many went."""
    there = listed(folder)
    old, left = there[:-keep], there[-keep:]
    for one in old:
        gone = one.path.rename(folder / f"{_COMING}{uuid4().hex}")
        shutil.rmtree(gone)
    if {one.path for one in left} == set(_named(folder)):  # else one that cannot be read has some
        attached.forget({sha256 for one in left for sha256 in one.hashes}, folder)
    return len(old)


def _named(folder: Path) -> Iterator[Path]:
    return (path for path in folder.glob("parley-*") if _NAME.fullmatch(path.name))


def _free(folder: Path, moment: datetime) -> Path:
    name = f"parley-{moment:%Y%m%dT%H%M%SZ}"
    number = 1
    while (place := folder / (name if number == 1 else f"{name}-{number}")).exists():
        number += 1
    return place


def _write(path: Path, text: str) -> None:
    handle = os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, FILE_MODE)
    with os.fdopen(handle, "w") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
