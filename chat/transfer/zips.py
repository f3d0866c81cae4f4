"""Zip files of strangers: read as a stream, and never more than they can honestly hold."""

import struct
import zipfile
from collections.abc import Iterator
from typing import IO

from store.errors import Refused

ENTRIES_MAX, DIRECTORY_MAX = 20_000, 16 * 1024 * 1024
RATIO_MAX, FREE = 200, 16 * 1024 * 1024
"""How many times its size in the zip a file may have; up to so many bytes nobody asks."""
TIMES = 40
"""So many times what somebody may send is unpacked of a zip."""
_TAIL = 65_557
_END, _END_64 = b"PK\x05\x06", b"PK\x06\x06"
_FIX = "Unpack it, and import the file with the chats."


def is_zip(head: bytes) -> bool:
    """Whether a file that begins so is one."""
    return head[:4] in (b"PK\x03\x04", _END)


def json_files(file: IO[bytes], most: int) -> Iterator[tuple[str, IO[bytes]]]:
    """Each JSON file of it by its name, in their order; raises `Refused`.

    No more is read than ``most`` bytes of all of them.
    """
    check(file)
    try:
        with zipfile.ZipFile(file) as opened:
            left = most
            entries = [one for one in opened.infolist() if one.filename.lower().endswith(".json")]
            for entry in sorted(entries, key=lambda one: one.filename):
                if entry.flag_bits & 1:
                    raise Refused("The zip is encrypted.", _FIX)
                with opened.open(entry) as inside:
                    bounded = _Bounded(inside, min(left, _most(entry.compress_size)))
                    yield entry.filename[-100:], bounded  # type: ignore[misc]
                left -= bounded.size
    except (zipfile.BadZipFile, NotImplementedError, EOFError, OSError, ValueError) as error:
        raise Refused(f"The zip cannot be read: {str(error)[:200]}.", _FIX) from None


def _most(packed: int) -> int:
    return max(FREE, packed * RATIO_MAX)


class _Bounded:
    """A file of which no more is read than may be in it."""

    def __init__(self, file: IO[bytes], most: int) -> None:
        self._file = file
        self._most = most
        self.size = 0

    def read(self, size: int) -> bytes:
        """The next bytes; raises `Refused` where it is too much."""
        piece = self._file.read(size)
        self.size += len(piece)
        if self.size > self._most:
            raise Refused("The zip holds far more than its size says.", _FIX)
        return piece


def check(file: IO[bytes]) -> None:
    """Raise `Refused` for one that is cut, or has too many files for its list to be read."""
    size = file.seek(0, 2)
    file.seek(max(size - _TAIL, 0))
    tail = file.read(_TAIL)
    file.seek(0)
    at = tail.rfind(_END)
    if at < 0 or len(tail) < at + 20:
        raise Refused("The zip has no end: it did not come whole.", "Send it again.")
    entries, length = struct.unpack_from("<HL", tail, at + 10)
    wide = tail.rfind(_END_64)
    if 0xFFFF in (entries, length & 0xFFFF) and 0 <= wide <= len(tail) - 48:
        entries, length = struct.unpack_from("<QQ", tail, wide + 32)
    if entries > ENTRIES_MAX or length > DIRECTORY_MAX:
        raise Refused("The zip has too many files.", _FIX)
