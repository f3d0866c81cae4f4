"""Zips of office files: looked at before anything is unpacked, and then read within bounds."""

import struct
import zipfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import IO

from chat.files.refusals import Unreadable

ENTRIES_MAX = 10_000
RATIO_MAX, FREE, UNPACKED_MAX = 200, 16 * 1024 * 1024, 1024 * 1024 * 1024
"""How many times its size in the zip a part may have, up to how many bytes nobody asks, and all."""
PIECE = 256 * 1024
_TAIL = 65_557
_END = b"PK\x05\x06"
_FIX = "Save it anew, or copy what matters into another file."


def parts(path: Path) -> Mapping[str, zipfile.ZipInfo]:
    """What is said to be in a zip, by name; raises `Unreadable` where that is more than may be."""
    _check_end(path)
    try:
        with zipfile.ZipFile(path) as opened:
            found = {one.filename: one for one in opened.infolist()}
    except (zipfile.BadZipFile, NotImplementedError, OSError, ValueError):
        raise Unreadable("The file is damaged.", _FIX) from None
    entries = found.values()
    if sum(one.compress_size for one in entries) > path.stat().st_size:
        raise _bomb()
    if sum(one.file_size for one in entries) > UNPACKED_MAX:
        raise _bomb()
    for one in entries:
        if one.flag_bits & 1:
            raise Unreadable("The file has a password.", "Save it without one.")
        if one.file_size > max(FREE, one.compress_size * RATIO_MAX):
            raise _bomb()
    return found


def pieces(opened: zipfile.ZipFile, name: str, most: int) -> Iterator[bytes]:
    """Of one part; raises `Unreadable` where it is damaged or longer than it says or may be."""
    try:
        with opened.open(name) as part:
            yield from _bounded(part, min(most, opened.getinfo(name).file_size))
    except (zipfile.BadZipFile, NotImplementedError, EOFError, OSError, ValueError):
        raise Unreadable("The file is damaged.", _FIX) from None
    except Exception as failure:
        if type(failure).__module__ in ("zlib", "lzma", "_lzma", "_bz2"):
            raise Unreadable("The file is damaged.", _FIX) from None
        raise


def _bounded(part: IO[bytes], most: int) -> Iterator[bytes]:
    size = 0
    while piece := part.read(PIECE):
        size += len(piece)
        if size > most:
            raise _bomb()
        yield piece


def _check_end(path: Path) -> None:
    with path.open("rb") as file:
        size = file.seek(0, 2)
        file.seek(max(size - _TAIL, 0))
        tail = file.read(_TAIL)
    at = tail.rfind(_END)
    if at < 0 or len(tail) < at + 20:
        raise Unreadable("The file is not whole: its end is missing.", "Send it again.")
    (entries,) = struct.unpack_from("<H", tail, at + 10)
    if entries > ENTRIES_MAX:
        raise _bomb()


def _bomb() -> Unreadable:
    return Unreadable("The file would unpack to far more than its size.", _FIX)
