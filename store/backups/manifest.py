"""What a backup says of itself, and why one cannot be used."""

import hashlib
import json
import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import IO, Literal

from pydantic import TypeAdapter, ValidationError

from store.backups.gently import Gently
from store.errors import ParleyError

PIECE = 1024 * 1024
AGAIN = "Take another backup; where that is damaged too, restore an older one."

DialectName = Literal["sqlite", "postgresql"]
NAMES: Mapping[DialectName, str] = {"sqlite": "parley.db", "postgresql": "parley.dump"}
"""What the database's file is called."""


class BackupError(ParleyError):
    """There is no backup, or none that can be used."""

    code = "backup"


class BackupDamaged(BackupError):
    """What was read back is not what was written."""


@dataclass(frozen=True, slots=True)
class Manifest:
    """``made_at`` is from before the first row was read: nothing that is older is missing.

    ``size`` and ``sha256`` are of the database's file in the backup, ``tables`` the rows of each
    table, ``files`` and ``file_bytes`` of what people attached; ``lost`` of those had no bytes.
    """

    made_at: datetime
    revision: str
    dialect: DialectName
    size: int
    sha256: str
    tables: Mapping[str, int]
    files: int
    file_bytes: int
    lost: int
    format: Literal[1] = 1

    def as_json(self) -> str:
        """For its file."""
        return json.dumps(asdict(self) | {"made_at": self.made_at.isoformat()}, indent=1)


_MANIFEST = TypeAdapter(Manifest)


def read(path: Path) -> Manifest:
    """Raises `BackupError` where there is none, and `BackupDamaged` for what is none."""
    try:
        text = path.read_bytes()
    except OSError:
        raise BackupError(f"{path.parent} is no backup.", "Name the folder of one.") from None
    try:
        found = _MANIFEST.validate_json(text)
    except ValidationError:
        raise BackupDamaged(f"{path} is damaged.", AGAIN) from None
    made_at = found.made_at
    if made_at.tzinfo is None:
        raise BackupDamaged(f"{path} is damaged.", AGAIN)
    return found


def copied(
    source: IO[bytes], target: IO[bytes] | None = None, *, rest: float = 0.0
) -> tuple[int, str]:
    """Bytes to a disk, or to nowhere: how many, and their SHA-256 in hex; ``rest`` as `Gently`."""
    size, sha256 = 0, hashlib.sha256()
    gently = None if target is None else Gently(target.fileno(), rest)
    while piece := source.read(PIECE):
        size += len(piece)
        sha256.update(piece)
        if target is not None and gently is not None:
            target.write(piece)
            target.flush()
            gently.wrote(len(piece))
    if target is not None:
        os.fsync(target.fileno())
    return size, sha256.hexdigest()
