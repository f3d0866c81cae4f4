"""Attached files as values: what each is, and what was found in it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Literal, get_args

FileKind = Literal["text", "code", "markdown", "table", "pdf", "document", "image"]
FILE_KINDS: tuple[FileKind, ...] = get_args(FileKind)


@dataclass(frozen=True, slots=True)
class ColumnInfo:
    """A column of a table; ``type`` is DuckDB's name of it."""

    name: str
    type: str


@dataclass(frozen=True, slots=True)
class TableInfo:
    """A table; ``rows`` are how many there are, ``sample`` the first few of them as texts."""

    name: str
    columns: tuple[ColumnInfo, ...]
    rows: int
    sample: tuple[tuple[str | None, ...], ...] = ()


@dataclass(frozen=True, slots=True)
class FileDetails:
    """What is known of a file's content, as far as its kind has it.

    ``chars`` and ``lines`` are of its text, of which ``beginning`` is the first; ``width`` and
    ``height`` of a picture as it is shown. ``notes`` are sentences for people: what was left out.
    """

    language: str = ""
    lines: int = 0
    chars: int = 0
    pages: int = 0
    beginning: str = ""
    width: int = 0
    height: int = 0
    tables: tuple[TableInfo, ...] = ()
    notes: tuple[str, ...] = ()

    @classmethod
    def of(cls, kept: object) -> FileDetails:
        """From the JSON object that is kept; whatever else is there by damage says nothing."""
        found = kept if isinstance(kept, Mapping) else {}
        numbers = {name: _number(found.get(name)) for name in _NUMBERS}
        texts = {name: _text(found.get(name)) for name in ("language", "beginning")}
        tables = tuple(table for one in _list(found.get("tables")) if (table := table_of(one)))
        notes = tuple(note for note in map(_text, _list(found.get("notes"))) if note)
        return cls(**numbers, **texts, tables=tables, notes=notes)  # type: ignore[arg-type]

    def as_json(self) -> dict[str, object]:
        """The JSON object to keep, without what is not known."""
        return {name: value for name, value in asdict(self).items() if value not in ("", 0, ())}


@dataclass(frozen=True, slots=True)
class NewFile:
    """A file that was read; ``size`` in bytes, ``sha256`` of them in hexadecimal digits."""

    name: str
    kind: FileKind
    media_type: str
    size: int
    sha256: str
    details: FileDetails = FileDetails()


@dataclass(frozen=True, slots=True)
class StoredFile:
    """A file of somebody's; ``deleted_at`` and no ``sha256``, of one that is named only."""

    file_id: str
    name: str
    kind: str
    media_type: str
    size: int
    sha256: str | None
    details: FileDetails
    created_at: datetime
    deleted_at: datetime | None = None


def columns_of(kept: object) -> tuple[ColumnInfo, ...]:
    """The columns of a table, from the JSON list that is kept."""
    found = (one for one in _list(kept) if isinstance(one, Mapping))
    return tuple(ColumnInfo(_text(one.get("name")), _text(one.get("type"))) for one in found)


def table_of(kept: object) -> TableInfo | None:
    """A table, from the JSON object that is kept; None where it is none."""
    if not isinstance(kept, Mapping):
        return None
    sample = tuple(tuple(map(_cell, _list(row))) for row in _list(kept.get("sample")))
    rows = _number(kept.get("rows"))
    return TableInfo(_text(kept.get("name")), columns_of(kept.get("columns")), rows, sample)


def _number(value: object) -> int:
    return value if isinstance(value, int) and not isinstance(value, bool) else 0


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""


def _cell(value: object) -> str | None:
    return None if value is None else str(value)


def _list(value: object) -> Sequence[object]:
    return value if isinstance(value, list | tuple) else ()


_NUMBERS = ("lines", "chars", "pages", "width", "height")
