"""Where the code fences of a Markdown text are, line by line and in linear time.

A fence within a list or a quote ends where its container ends, which is what an attacker would use
to make code of what is no code. Where that cannot be told from the lines alone, a fence is not
`sure`, and neither is any code after it.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

_FENCE = re.compile(
    r"(?P<prefix>[ \t]*(?:(?:>|[-+*](?=[ \t])|\d{1,9}[.)](?=[ \t]))[ \t]*)*)"
    r"(?P<mark>`{3,}(?=[^`]*$)|~{3,})(?P<info>.*)"
)
_QUOTES = re.compile(r"(?: {0,3}+> ?+)++")
_LIST = re.compile(r"[ \t>]*(?:[-+*]|\d{1,9}[.)])(?:[ \t]|$)")


@dataclass(frozen=True, slots=True)
class Opening:
    """The first line of a fence: what stands before it, its marks, and its language."""

    prefix: str
    mark: str
    info: str

    @classmethod
    def of(cls, line: str) -> "Opening | None":
        """None when `line` opens no fence. The test by substring keeps ordinary lines cheap."""
        if "```" not in line and "~~~" not in line:
            return None
        found = _FENCE.match(line)
        return cls(found["prefix"], found["mark"], found["info"]) if found else None

    @property
    def column(self) -> int:
        """How far its lines are indented, in characters (a tab is four)."""
        return len(self.prefix.expandtabs(4))

    def closed_by(self, line: str) -> bool:
        """Whether `line` is its last."""
        bare = line.strip(" \t>")
        return len(bare) >= len(self.mark) and not bare.strip(self.mark[0])


@dataclass(slots=True)
class Part:
    """Lines that are either one whole fence or none."""

    lines: list[str]
    opening: Opening | None = None
    sure: bool = True


def parts(text: str) -> Iterator[Part]:
    """`text` in its order as fences and what is between them; their lines are all its lines."""
    plain: list[str] = []
    lines, at, listed, sure = text.split("\n"), 0, False, True
    while at < len(lines):
        line = lines[at]
        opening = Opening.of(line)
        if opening is None:
            listed = listed or _LIST.match(line) is not None
            plain.append(line)
            at += 1
            continue
        if plain:
            yield Part(plain, sure=sure)
            plain = []
        end, clear = _end(lines, at, opening, listed)
        sure_here = sure and clear and opening.column < 4
        yield Part(lines[at:end], opening, sure_here)
        sure = sure and clear
        listed = listed or _LIST.match(line) is not None
        at = end
    if plain:
        yield Part(plain, sure=sure)


def _end(lines: list[str], start: int, opening: Opening, listed: bool) -> tuple[int, bool]:
    """The index after its last line, and whether a Markdown parser must see it the same way."""
    quoted = opening.prefix.count(">")
    if quoted and not _QUOTES.fullmatch(opening.prefix):
        quoted, clear = 0, False
    else:
        clear = True
    free = opening.column == 0 or (opening.column < 4 and not listed and not opening.prefix.strip())
    for at in range(start + 1, len(lines)):
        line = lines[at]
        if quoted:
            before = _QUOTES.match(line)
            if before is None or before[0].count(">") < quoted:
                return at, clear and quoted == 1
        elif not free and line.strip(" \t"):
            indent = _indent(line)
            if indent < opening.column:
                closes = opening.closed_by(line)
                return at + closes, False
        if opening.closed_by(line) and (not free or _indent(line) < 4):
            return at + 1, clear and (free or bool(quoted) or _indent(line) == opening.column)
    return len(lines), clear


def _indent(line: str) -> int:
    plain = line.expandtabs(4) if "\t" in line else line
    return len(plain) - len(plain.lstrip(" "))
