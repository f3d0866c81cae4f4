"""Two texts side by side: what only one of them has. In limited time, whatever they are.

By words; where those are too many or too different, by lines; else nothing is said to be the same.
"""

import re
from collections.abc import Sequence

from chat.ui.labels import plain

WORDS, EDITS = 3_000, 200
"""So many words or lines of each text are compared, with so many differences between them."""
DRAWN_CHARS = 20_000
Run = tuple[str, bool]
"""A piece of a text, and whether the other one has it too."""
_WORD = re.compile(r"\s+|\w+|[^\w\s]")


def compared(old: str, new: str) -> tuple[list[Run], list[Run]]:
    """Both in pieces, each with whether the other has it in that order."""
    for parts in (_WORD.findall, lambda text: text.splitlines(keepends=True)):
        one, other = parts(old), parts(new)
        first, last = _ends(one, other)
        a, b = one[first : len(one) - last], other[first : len(other) - last]
        if max(len(a), len(b)) <= WORDS and (same := _same(a, b)) is not None:
            ours = {*range(first), *range(len(one) - last, len(one)), *(first + i for i, _ in same)}
            theirs = {*range(first), *range(len(other) - last, len(other))}
            theirs |= {first + j for _, j in same}
            return _runs(one, ours), _runs(other, theirs)
    return [(old, False)], [(new, False)]


def marked(runs: Sequence[Run]) -> str:
    """As Markdown with nothing in it special, the pieces that only this text has marked."""
    lines = [""]
    for text, is_same in runs:
        for number, part in enumerate(text.split("\n")):
            if number:
                lines.append("")
            shown = plain(part)
            if shown and not is_same:
                shown = f":orange-background[**{shown}**]"
            before, after = (" " if end.isspace() else "" for end in (part[:1], part[-1:]))
            lines[-1] += f"{before}{shown}{after}" if shown else before
    return "  \n".join(lines)


def _ends(one: Sequence[str], other: Sequence[str]) -> tuple[int, int]:
    """How many of both are the same at the beginning, and at the end."""
    most, first, last = min(len(one), len(other)), 0, 0
    while first < most and one[first] == other[first]:
        first += 1
    while last < most - first and one[-1 - last] == other[-1 - last]:
        last += 1
    return first, last


def _same(a: Sequence[str], b: Sequence[str]) -> list[tuple[int, int]] | None:
    """Pairs of places that stay (Myers' algorithm); None where more than `EDITS` do not."""
    reach, seen = {1: 0}, []
    for edits in range(min(len(a) + len(b), EDITS) + 1):
        seen.append(dict(reach))
        low = -edits + 2 * max(0, edits - len(b))
        for k in range(low, edits - 2 * max(0, edits - len(a)) + 1, 2):
            x = _begin(reach, k, edits)
            while x < len(a) and x - k < len(b) and a[x] == b[x - k]:
                x += 1
            reach[k] = x
            if x >= len(a) and x - k >= len(b):
                return _back(seen, len(a), len(b))
    return None


def _begin(reach: dict[int, int], k: int, edits: int) -> int:
    """How far one comes on this diagonal with one more edit, down or to the right."""
    down, right = reach.get(k + 1, -1), reach.get(k - 1, -2) + 1
    return down if k == -edits or (k != edits and right <= down) else right


def _back(seen: Sequence[dict[int, int]], x: int, y: int) -> list[tuple[int, int]]:
    pairs: list[tuple[int, int]] = []
    for edits in range(len(seen) - 1, -1, -1):
        k = x - y
        begin = _begin(seen[edits], k, edits)
        while x > max(begin, 0) and y > 0:
            x, y = x - 1, y - 1
            pairs.append((x, y))
        if edits:
            came_down = begin == seen[edits].get(k + 1, -1) and _is_down(seen[edits], k, edits)
            x, y = (x, y - 1) if came_down else (x - 1, y)
    return pairs


def _is_down(reach: dict[int, int], k: int, edits: int) -> bool:
    right = reach.get(k - 1, -2) + 1
    return k == -edits or (k != edits and right <= reach.get(k + 1, -1))


def _runs(parts: Sequence[str], same: set[int]) -> list[Run]:
    found: list[tuple[list[str], bool]] = []
    for at, part in enumerate(parts):
        if not found or found[-1][1] != (at in same):
            found.append(([], at in same))
        found[-1][0].append(part)
    return [("".join(texts), is_same) for texts, is_same in found]
