"""Where the bytes of attached files are: a folder for each SHA-256, for nobody else to read.

``bytes`` in it is the file as it came; what was made of it lies beside, and goes with it.
"""

import os
import shutil
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from store.disk import FILE_MODE, FOLDER_MODE

PIECE = 1024 * 1024


@dataclass(frozen=True, slots=True)
class FileFolder:
    """The folder of all of them; made when something is kept in it."""

    path: Path

    def of(self, sha256: str) -> Path:
        """The folder of one."""
        return self.path / sha256[:2] / sha256

    def opened(self, sha256: str) -> IO[bytes]:
        """Its bytes; raises `OSError` where they are not there."""
        return (self.of(sha256) / "bytes").open("rb")

    def size(self, sha256: str) -> int:
        """How many bytes are there; -1 for none."""
        try:
            return (self.of(sha256) / "bytes").stat().st_size
        except OSError:
            return -1

    def keep(self, sha256: str, body: IO[bytes]) -> None:
        """Its bytes, unless they are there; under the name's lock, see `store.files.hold`."""
        folder = self.of(sha256)
        if (folder / "bytes").exists():
            return
        for one in (self.path, folder.parent, folder):
            one.mkdir(FOLDER_MODE, parents=one == self.path, exist_ok=True)
        half = folder / "bytes.part"
        with suppress(FileNotFoundError):
            half.unlink()
        with os.fdopen(os.open(half, os.O_CREAT | os.O_EXCL | os.O_WRONLY, FILE_MODE), "wb") as out:
            shutil.copyfileobj(body, out, PIECE)
            out.flush()
            os.fsync(out.fileno())
        half.replace(folder / "bytes")
