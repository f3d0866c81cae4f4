"""Attached files in backups: each hash once for all of them, checked against its name.

Only what people attached; what was made of it is made anew.
"""

import os
from collections.abc import Iterable, Sequence
from contextlib import suppress
from pathlib import Path
from uuid import uuid4

from store.backups.gently import REST
from store.backups.manifest import BackupDamaged, copied
from store.disk import FILE_MODE, FOLDER_MODE
from store.file_folder import PARTS, FileFolder

FOLDER, COMING = "files", "coming"


def of(backups: Path, sha256: str) -> Path:
    """Where one is."""
    return backups / FOLDER / sha256[:2] / sha256


def add(folder: FileFolder, hashes: Iterable[str], backups: Path) -> tuple[int, int, list[str]]:
    """Copy what is not there yet: how many there are now, their bytes, and which were not found.

    One whose bytes are not those of its name counts as not found.
    """
    count, total, lost = 0, 0, list[str]()
    for sha256 in hashes:
        place = of(backups, sha256)
        if not place.exists() and not _add(folder, sha256, place):
            lost.append(sha256)
            continue
        count, total = count + 1, total + place.stat().st_size
    return count, total, lost


def everything(folder: FileFolder) -> Iterable[str]:
    """The hashes of all that are there now, whoever has them."""
    for part in range(PARTS):
        yield from folder.some(part)


def check(hashes: Sequence[str], backups: Path) -> int:
    """How many bytes they have; raises `BackupDamaged` for one that is not as it was."""
    total = 0
    for sha256 in hashes:
        try:
            with of(backups, sha256).open("rb") as file:
                size, found = copied(file)
        except OSError:
            found, size = "", 0
        if found != sha256:
            raise BackupDamaged(f"The attached file {sha256} is damaged or missing.", "")
        total += size
    return total


def bring_back(hashes: Sequence[str], backups: Path, folder: FileFolder) -> int:
    """Put those that are missing into the folder; how many came."""
    came = 0
    for sha256 in hashes:
        if folder.size(sha256) < 0:
            with of(backups, sha256).open("rb") as file:
                folder.take_in(sha256, file)
            came += 1
    return came


def forget(needed: set[str], backups: Path) -> int:
    """Remove those that no backup has any more; how many."""
    gone = 0
    for path in (backups / FOLDER).glob("[0-9a-f][0-9a-f]/*"):
        if path.name not in needed:
            path.unlink()
            gone += 1
    return gone


def _add(folder: FileFolder, sha256: str, place: Path) -> bool:
    half = place.parent.parent / f"{COMING}-{uuid4().hex}"
    half.parent.mkdir(FOLDER_MODE, exist_ok=True)
    try:
        handle = os.open(half, os.O_CREAT | os.O_EXCL | os.O_WRONLY, FILE_MODE)
        with folder.opened(sha256) as source, os.fdopen(handle, "wb") as target:
            _, found = copied(source, target, rest=REST)
        if found == sha256:
            place.parent.mkdir(FOLDER_MODE, exist_ok=True)
            half.rename(place)
        return found == sha256
    except FileNotFoundError:
        return False
    finally:
        with suppress(FileNotFoundError):
            half.unlink()
