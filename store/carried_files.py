"""Files and computed results as they are outside of Parley, in the own JSON format.

A file's bytes come in pieces behind what is said of it, so that none is ever in memory whole.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from datetime import datetime
from typing import get_args

from store.carried_fields import read_fields
from store.errors import Refused
from store.file_values import FILE_KINDS, ColumnInfo, FileKind
from store.result_values import ComputedKind

COMPUTED_KINDS: tuple[ComputedKind, ...] = get_args(ComputedKind)
PICTURES = {f"image/{name}" for name in ("png", "jpeg", "webp", "gif")}
"""Nothing else is shown where it is, whatever is said to be one."""
PIECE = 192 * 1024
"""So many bytes are a piece, four thirds of that as text; what is read may have larger ones."""
PIECE_MAX = 4 * 1024 * 1024
"""Of the text of a piece that is read."""
DATA_MAX = 8_000_000
"""Of the rows of one result."""
ROWS_MAX = 10_000


@dataclass(frozen=True, slots=True, kw_only=True)
class CarriedFile:
    """A file, whose `CarriedBytes` follow; one without a ``sha256`` was removed and has none."""

    file_id: str
    name: str
    kind: FileKind
    media_type: str = "application/octet-stream"
    size: int
    sha256: str | None = None
    details: Mapping[str, object] = field(default_factory=dict)
    created_at: datetime
    deleted_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class CarriedBytes:
    """The next of the file before it."""

    data: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class CarriedComputed:
    """A table or chart of a message of the chat before it; ``data`` are its rows as Parquet.

    ``shown`` is made of these where they come in, never read from a file.
    """

    message_id: int
    result_id: str
    number: int
    kind: ComputedKind
    title: str = ""
    query: str = ""
    about: Mapping[str, object] = field(default_factory=dict)
    columns: tuple[ColumnInfo, ...] = ()
    count: int
    total: int
    created_at: datetime
    data: bytes
    shown: bytes = b""


FILE_FIELDS = [one.name for one in fields(CarriedFile)]
COMPUTED_FIELDS = [one.name for one in fields(CarriedComputed) if one.name != "shown"]


def read_file(found: Mapping[str, object]) -> CarriedFile:
    """A file of the own format; raises `Refused`."""
    _check_kind(found, FILE_KINDS)
    if found["kind"] == "image" and found.get("media_type") not in PICTURES:
        raise Refused("It is no picture that can be shown.", "See the format.")
    return CarriedFile(**read_fields(CarriedFile, FILE_FIELDS, found))  # type: ignore[arg-type]


def read_computed(found: Mapping[str, object]) -> CarriedComputed:
    """A result of the own format; raises `Refused`."""
    _check_kind(found, COMPUTED_KINDS)
    return CarriedComputed(**read_fields(CarriedComputed, COMPUTED_FIELDS, found))  # type: ignore[arg-type]


def _check_kind(found: Mapping[str, object], kinds: Sequence[str]) -> None:
    if found.get("kind") not in kinds:
        raise Refused("It is of no kind that Parley knows.", "See the format.")
