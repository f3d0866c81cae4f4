"""Files and computed results of chats that come in: anybody's bytes, read in child processes."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import IO, Protocol, TypedDict

from chat.errors import ToolError
from chat.work.pool import Pool
from store import result_rows
from store.carried_files import CarriedComputed, CarriedFile
from store.errors import Refused
from store.file_values import StoredFile
from store.intake import KeepFile
from store.result_rows import ReadRows, with_rows


class AddFile(Protocol):
    """Reads and keeps a file for somebody, under its name, as if it were uploaded."""

    def __call__(
        self, user_id: str, body: IO[bytes], name: str, *, is_paid: bool
    ) -> tuple[StoredFile, bool]:
        """See `chat.files.files.Files.add`."""


class PartTerms(TypedDict, total=False):
    """Of `store.intake.IntakeTerms`."""

    file: KeepFile
    computed: Callable[[CarriedComputed], CarriedComputed]


@dataclass(frozen=True, slots=True)
class ArrivingParts:
    """Those of one process; ``left`` tells how many bytes of results somebody may add."""

    add: AddFile
    work: Pool
    left: Callable[[str], int]

    def of(self, user_id: str, paid: int = 0) -> PartTerms:
        """Whose come in, of whom so many bytes were counted already."""
        room = _Room(self.left(user_id))
        computed = partial(self.computed, user_id, room)
        return {"file": partial(self.file, user_id, _Room(paid)), "computed": computed}

    def file(self, user_id: str, paid: "_Room", said: CarriedFile, body: IO[bytes]) -> str:
        """Its id; raises what refuses an upload. Of what is said, only the name counts."""
        is_paid = said.size <= paid.left
        paid.left -= said.size if is_paid else 0
        return self.add(user_id, body, said.name, is_paid=is_paid)[0].file_id

    def computed(self, user_id: str, room: "_Room", said: CarriedComputed) -> CarriedComputed:
        """With what is shown of its rows; raises `Refused`."""
        if room.left < len(said.data):
            raise Refused("It is more than you may keep.", "Delete chats with tables for good.")
        try:
            found = asyncio.run(self.work.run(user_id, read_rows, said.data))
        except ToolError as refusal:
            raise Refused(refusal.message, refusal.fix) from None
        made = with_rows(said, found)
        room.left -= len(made.data) + len(made.shown)
        return made


@dataclass(slots=True)
class _Room:
    """How many bytes may still come in so."""

    left: int


def read_rows(data: bytes) -> ReadRows:
    """In a child process: what is in Parquet; raises `ToolError`."""
    try:
        return result_rows.read(data)
    except Refused as refused:
        raise ToolError(refused.message, refused.fix) from None
