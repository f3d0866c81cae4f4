"""Where attached files are: a folder for each SHA-256, for nobody else on the computer to read.

``bytes`` in it is the file as it came; what was made of it lies beside, with ``made.json``, which
says how long each of these is. What comes in is written elsewhere and is moved here whole; what
goes is moved away whole, and then removed.
"""

import json
import os
import shutil
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from io import BufferedReader
from pathlib import Path
from typing import IO
from uuid import uuid4

from store.disk import FILE_MODE, FOLDER_MODE

BYTES, MADE = "bytes", "made.json"
COMING, GOING = "coming", "going"
PIECE = 1024 * 1024
PARTS = 256
"""What is kept is in so many folders, by the first two digits of its hash."""
OLD_SECONDS = 86_400.0
"""What has been coming for longer is nobody's any more."""


@dataclass(frozen=True, slots=True)
class FileFolder:
    """All of them; made when the first file comes."""

    path: Path

    def of(self, sha256: str) -> Path:
        """The folder of one."""
        return self.path / sha256[:2] / sha256

    def opened(self, sha256: str) -> BufferedReader:
        """Its bytes; raises `OSError` where they are not there."""
        return (self.of(sha256) / BYTES).open("rb")

    def size(self, sha256: str) -> int:
        """How many bytes are there; -1 for none."""
        try:
            return (self.of(sha256) / BYTES).stat().st_size
        except OSError:
            return -1

    def new(self) -> Path:
        """A folder for one that comes in; in the end it is moved or removed."""
        made = self.path / COMING / uuid4().hex
        for one in (self.path, made.parent, made):
            one.mkdir(FOLDER_MODE, parents=one == self.path, exist_ok=True)
        return made

    def settle(self, coming: Path) -> None:
        """Note what lies in a folder, as it is to stay."""
        sizes = {}
        for one in coming.iterdir():
            if one.is_dir():  # what a table needed while it was made
                shutil.rmtree(one)
                continue
            one.chmod(FILE_MODE)
            if one.name != BYTES:
                sizes[one.name] = one.stat().st_size
        _write(coming / MADE, json.dumps(sizes))

    def keep(self, coming: Path, sha256: str) -> None:
        """Move one to its place, or what is new of it; under the lock of its name."""
        place = self.of(sha256)
        place.parent.mkdir(FOLDER_MODE, exist_ok=True)
        if not place.exists():
            coming.rename(place)
        else:
            sizes = {**self.made(sha256), **_sizes(coming)}
            for one in coming.iterdir():
                if one.name != MADE:
                    one.replace(place / one.name)
            _write(place / MADE, json.dumps(sizes))
            shutil.rmtree(coming, ignore_errors=True)
        _sync(place.parent)

    def take_in(self, sha256: str, body: IO[bytes]) -> None:
        """Keep bytes of which nothing is made yet; under the lock of their name."""
        coming = self.new()
        try:
            with (coming / BYTES).open("wb") as out:
                shutil.copyfileobj(body, out, PIECE)
                out.flush()
                os.fsync(out.fileno())
            self.settle(coming)
            self.keep(coming, sha256)
        finally:
            discard(coming)

    def made(self, sha256: str) -> dict[str, int]:
        """What was made of one: names, and how long each is."""
        return _sizes(self.of(sha256))

    def whole(self, sha256: str, name: str) -> Path | None:
        """Something that was made, if it is there as it was."""
        path = self.of(sha256) / name
        with suppress(OSError):
            if path.stat().st_size == self.made(sha256).get(name, -1):
                return path
        return None

    def written(self, sha256: str, name: str) -> int:
        """When something of one was, in nanoseconds; -1 where it is not there."""
        try:
            return (self.of(sha256) / name).stat().st_mtime_ns
        except OSError:
            return -1

    def take_away(self, sha256: str) -> None:
        """Move one out of the way of whoever brings the same; under the lock of its name."""
        place = self.of(sha256)
        gone = self.path / GOING / uuid4().hex
        if place.exists():
            gone.parent.mkdir(FOLDER_MODE, exist_ok=True)
            place.rename(gone)

    def clear(self) -> None:
        """Remove what was taken away, and what has been coming for a day."""
        for one in _inside(self.path / GOING):
            shutil.rmtree(one, ignore_errors=True)
        for one in _inside(self.path / COMING):
            with suppress(OSError):
                if time.time() - one.stat().st_mtime > OLD_SECONDS:
                    shutil.rmtree(one, ignore_errors=True)

    def some(self, at: int) -> list[str]:
        """The hashes of one part of `PARTS` of those that are there."""
        return [one.name for one in _inside(self.path / f"{at % PARTS:02x}")]


def discard(coming: Path) -> None:
    """Remove one that was not kept."""
    shutil.rmtree(coming, ignore_errors=True)


def _inside(folder: Path) -> Iterator[Path]:
    with suppress(FileNotFoundError):
        yield from folder.iterdir()


def _sizes(folder: Path) -> dict[str, int]:
    try:
        found = json.loads((folder / MADE).read_bytes())
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def _write(path: Path, text: str) -> None:
    """Whole or not at all, for whoever reads it meanwhile."""
    half = path.with_name(f"{path.name}.{uuid4().hex}")
    with os.fdopen(os.open(half, os.O_CREAT | os.O_EXCL | os.O_WRONLY, FILE_MODE), "w") as file:
        file.write(text)
    half.replace(path)


def _sync(folder: Path) -> None:
    """So that the names in it outlive a loss of power."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
