"""Names of files, tables and columns from outside, made such that they harm nowhere."""

import re
from collections import Counter
from collections.abc import Iterable

from store.texts import seen

NAME_MAX, ENDING_MAX, COLUMN_MAX = 200, 20, 100
_APART = re.compile(r"[/\\]")


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
