"""The attached files of shared chats, as whoever keeps them hands them in."""

from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import IO, Protocol

from chat.errors import InvalidInput
from chat.limits.payers import PeerAddress
from store.errors import FileNotHere
from store.file_values import StoredFile

TAKEN_MAX = 100


class Attached(Protocol):
    """What is attached, of everybody."""

    def add(
        self, user_id: str, body: IO[bytes], name: str, *, address: PeerAddress
    ) -> tuple[StoredFile, bool]:
        """Read and keep a file for somebody; raises what refuses it."""

    def bytes_path(self, file: StoredFile) -> Path:
        """Where its bytes are."""

    def picture(self, file: StoredFile) -> Path | None:
        """The cleaned copy of a picture; None of what is none."""


def take(
    of: Attached | None, user_id: str, files: Sequence[StoredFile], address: PeerAddress
) -> dict[str, str]:
    """Keep these for somebody else, of pictures the cleaned copies; their ids there by those here.

    Without those whose bytes are not there. Raises what refuses one, and `InvalidInput` for many.
    """
    taken: dict[str, str] = {}
    if of is None:
        return taken
    if len(files) > TAKEN_MAX:
        text = f"The chat has {len(files):,} files, and {TAKEN_MAX} at most are copied."
        raise InvalidInput(text, "Ask whoever shares it for a link without files.")
    for file in files:
        with suppress(FileNotFoundError, FileNotHere):
            path = of.picture(file) if file.kind == "image" else of.bytes_path(file)
            if path is not None:
                with path.open("rb") as body:
                    made, _ = of.add(user_id, body, file.name, address=address)
                taken[file.file_id] = made.file_id
    return taken
