"""Files and computed results of chats that come in: anybody's bytes, read in child processes."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import IO, TypedDict

from chat.errors import ToolError
from chat.work.pool import Pool
from store import result_rows
from store.carried_files import CarriedComputed, CarriedFile
from store.errors import Refused
from store.file_values import StoredFile
from store.intake import KeepFile
from store.result_rows import ReadRows, with_rows

AddFile = Callable[[str, IO[bytes], str], tuple[StoredFile, bool]]
"""Reads and keeps a file for somebody, under its name, as if it were uploaded."""


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

    def of(self, user_id: str) -> PartTerms:
        """Whose come in."""
        room = _Room(self.left(user_id))
        computed = partial(self.computed, user_id, room)
        return {"file": partial(self.file, user_id), "computed": computed}

    def file(self, user_id: str, said: CarriedFile, body: IO[bytes]) -> str:
        """Its id; raises what refuses an upload. Of what is said, only the name counts."""
        return self.add(user_id, body, said.name)[0].file_id

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
    """How many bytes of results may still come in."""

    left: int


def read_rows(data: bytes) -> ReadRows:
    """In a child process: what is in Parquet; raises `ToolError`."""
    try:
        return result_rows.read(data)
    except Refused as refused:
        raise ToolError(refused.message, refused.fix) from None
