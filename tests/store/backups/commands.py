"""The commands, as an operator gives them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from store import backup, restore
from store.database import Database
from store.file_folder import FileFolder
from tests.store.samples import everything

Say = Callable[[], str]


def back_up(database: Database, folder: Path, files: FileFolder, *more: str) -> int:
    known = ("--from", database.url, "--files", str(files.path))
    return backup.main([str(folder), *known, *more])


def bring_back(folder: Path, url: str, files: FileFolder, *more: str) -> int:
    return restore.main([str(folder), "--to", url, "--files", str(files.path), *more])


def rows(url: str) -> dict[str, Any]:
    database = Database(url)
    try:
        with database.reading() as db:
            return everything(db)
    finally:
        database.close()
