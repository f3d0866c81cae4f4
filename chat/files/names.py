"""Names of files, tables and columns from outside, made such that they harm nowhere."""

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable

NAME_MAX, ENDING_MAX, COLUMN_MAX = 200, 20, 100
_APART = re.compile(r"[/\\]")
_UNSEEN = {"Cc", "Cf", "Cn", "Co", "Cs", "Zl", "Zp"}
"""Kinds of characters: controls, marks that turn the direction of text, and what has no sign."""


def file_name(written: str) -> str:
    """The last part of a path as a name of one line, at most `NAME_MAX` characters."""
    found = seen(_APART.split(written[-4096:])[-1]).strip(" .") or "file"
    if len(found) <= NAME_MAX:
        return found
    stem, ending = found[:-ENDING_MAX], ending_of(found)
    return f"{stem[: NAME_MAX - len(ending) - 1]}…{ending}"


def ending_of(name: str) -> str:
    """What a name ends in, with its dot and in lower case; empty where that is no ending."""
    before, dot, after = name.rpartition(".")
    is_one = before and after.isalnum() and len(after) < ENDING_MAX
    return f"{dot}{after.lower()}" if is_one else ""


def seen(written: str) -> str:
    """On one line, and without what cannot be seen or turns what is beside it."""
    spaced = " ".join(re.sub(r"\s", " ", unicodedata.normalize("NFC", written)).split())
    return "".join(one for one in spaced if unicodedata.category(one) not in _UNSEEN)


def unique(written: Iterable[object], otherwise: str) -> list[str]:
    """Names for columns or tables: each there, short, and another also in upper case."""
    found: list[str] = []
    taken: set[str] = set()
    counts: Counter[str] = Counter()
    for at, one in enumerate(written, 1):
        plain = seen("" if one is None else str(one)[: COLUMN_MAX * 4]).replace('"', "'").strip()
        name = base = plain[:COLUMN_MAX].strip() or f"{otherwise}{at}"
        while name.casefold() in taken:
            counts[base.casefold()] += 1
            name = f"{base}_{counts[base.casefold()] + 1}"
        taken.add(name.casefold())
        found.append(name)
    return found
