"""Text out of bytes, whatever they are written in, piece by piece."""

import codecs
from collections.abc import Iterator
from pathlib import Path

from chat.files.refusals import unknown

PIECE = 1024 * 1024
SAMPLE = 20_000
TABLE_HEAD = 64 * 1024
ENCODINGS = ["cp1252", "cp1250", "cp1251", "cp1253", "cp1254", "koi8_r", "utf_16_le", "utf_16_be"]
ENCODINGS += ["cp932", "euc_jp", "gb18030", "big5", "euc_kr"]
_ODD = bytes(one for one in range(32) if one not in b"\t\n\r\f\b\x1b\0")
_ODD_PART = 0.01
"""More control characters than this are in no text."""


def encoding_of(path: Path) -> str:
    """What a file is written in; raises `Unreadable` where it is no text."""
    with path.open("rb") as file:
        head = file.read(SAMPLE)
        if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
            return "utf-16"
        has_nul = b"\0" in head
        if len(head.translate(None, _ODD)) < len(head) * (1 - _ODD_PART):
            raise unknown("A file of this kind")
        file.seek(0)
        at = -1 if has_nul else _first_that_is_not_utf8(file)
        if at is None:
            return "utf-8-sig" if head.startswith(codecs.BOM_UTF8) else "utf-8"
        file.seek(max(0, at - SAMPLE // 2) // 2 * 2)  # even, for UTF-16
        sample = file.read(SAMPLE)
    found = _guessed(sample)
    if has_nul and not found.startswith("utf_16"):
        raise unknown("A file of this kind")
    return found


def pieces(path: Path, encoding: str) -> Iterator[str]:
    """Its text with \\n at the ends of lines and without NUL; what fits nothing is replaced."""
    with path.open(encoding=encoding, errors="replace", newline=None) as file:
        while piece := file.read(PIECE):
            yield piece.replace("\0", "")


def head(path: Path, encoding: str, most: int = TABLE_HEAD) -> tuple[str, bool]:
    """Its first characters, and whether that is all of it."""
    with path.open(encoding=encoding, errors="replace", newline=None) as file:
        found = file.read(most + 1)
    return found[:most].replace("\0", ""), len(found) <= most


def _first_that_is_not_utf8(file: object) -> int | None:
    decoder, at = codecs.getincrementaldecoder("utf-8")(), 0
    while piece := file.read(PIECE):  # type: ignore[attr-defined]
        try:
            if b"\0" in piece:
                return at + int(piece.index(b"\0"))
            decoder.decode(piece)
        except UnicodeDecodeError as error:
            return at + error.start
        at += len(piece)
    try:
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return at
    return None


def _guessed(sample: bytes) -> str:
    from charset_normalizer import from_bytes

    found = from_bytes(sample, cp_isolation=ENCODINGS)
    best = min(
        found, key=lambda one: (one.chaos, -one.coherence, one.encoding != "cp1252"), default=None
    )
    return best.encoding if best else "latin-1"
