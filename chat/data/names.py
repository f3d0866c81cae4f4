"""What the tables of attached files are called in queries: simply, and each differently."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from store.file_values import StoredFile, TableInfo

NAME_CHARS = 60
_APART = re.compile(r"\W+")
_NOT_FIRST = re.compile(r"(?i)\d|(?:duckdb|pragma|sqlite|pg)_")


@dataclass(frozen=True, slots=True)
class ChatTable:
    """A table of a ``file``, where it is called ``name``; ``info`` has what it is called here."""

    file: StoredFile
    name: str
    info: TableInfo


def named(files: Sequence[StoredFile]) -> list[ChatTable]:
    """The tables of a branch's files, oldest first.

    The only table of a file is called as the file, in letters, digits and underscores; others as in
    there. Files that come later change no name.
    """
    found: dict[str, ChatTable] = {}
    for file in files:
        for table in file.details.tables:
            alone = len(file.details.tables) == 1
            base = _plain(file.name.rpartition(".")[0] or file.name) if alone else table.name
            name, number = base, 2
            while name.lower() in found:
                name, number = f"{base}_{number}", number + 1
            found[name.lower()] = ChatTable(file, table.name, replace(table, name=name))
    return list(found.values())


def _plain(name: str) -> str:
    """Letters, digits and underscores."""
    plain = _APART.sub("_", name).strip("_")[:NAME_CHARS] or "data"
    return f"t_{plain}" if _NOT_FIRST.match(plain) else plain
