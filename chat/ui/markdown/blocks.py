"""A growing answer, cut into blocks of Markdown that need to be drawn only once.

Only `tail` changes while an answer arrives. Where blocks end depends on the text alone, not on how
it was cut into chunks: a window of at most `LIMIT` + 1 characters is looked at, from the end of the
last block, and what is decided in it is never decided again.
"""

import re

from chat.ui.markdown.fences import Opening
from chat.ui.markdown.splitting import split_fence, split_list, split_table, split_text

LIMIT = 3000
_MARKER = re.compile(r"[ \t]*(?:[-+*]|\d{1,9}[.)])(?:[ \t]|$)|\[\^")
_HEADING = re.compile(r"#{1,6}[ \t]")
_RULER = re.compile(r"[ \t]*\|?[ \t]*:?-+:?[ \t]*(?:\||$)[ \t|:-]*$")
# So many characters tell any marker from a paragraph (nine digits, a dot, a space).
_ENOUGH = 11


class Blocks:
    """`feed` it an answer as it comes; each block it returns is to be drawn once, in order."""

    def __init__(self) -> None:
        self._tail = ""
        self._settled = False

    @property
    def tail(self) -> str:
        """What is not finished, with the head of the fence, list or table it goes on with."""
        return self._tail

    def feed(self, text: str) -> list[str]:
        """Take the next piece of the answer; returns the blocks that are finished with it."""
        self._tail += text
        if self._settled and "\n" not in text and len(self._tail) <= LIMIT:
            return []
        finished = []
        while True:
            window = self._tail[: LIMIT + 1]
            look = _Look(window)
            cut = look.boundary()
            if cut:
                finished.append(window[:cut])
                self._tail = self._tail[cut:]
            elif len(window) > LIMIT:
                block, head, cut = look.split()
                finished.append(block)
                self._tail = head + self._tail[cut:]
            else:
                self._settled = look.settled
                return finished


class _Look:
    """What can be told from the unfinished part: where it may end, or where it has to."""

    def __init__(self, window: str) -> None:
        self.window = window
        self.fence: Opening | None = None
        self.math = ""
        self.kind = ""
        self.settled = False

    def boundary(self) -> int:
        """Where the first block ends, 0 when it does not end in the window."""
        start, blank = 0, False
        for line in _lines(self.window):
            whole = line.endswith("\n")
            bare = line.rstrip("\n")
            end = start + len(line)
            inside = self.fence is not None or bool(self.math)
            if inside:
                if whole and self._closes(bare) and self.kind in ("", "fence"):
                    return end
            elif not bare.strip(" \t"):
                blank = blank or (whole and start > 0)
            else:
                known = whole or len(bare) >= _ENOUGH
                self.settled = known
                if not known:
                    return 0
                if start and self._begins(bare, blank):
                    return start
                if whole and self.kind == "" and _HEADING.match(bare):
                    return end
                blank = False
                if not self._open(bare, whole, start):
                    return 0
            if whole:
                self.settled = False
            start = end
        return 0

    def _begins(self, line: str, blank: bool) -> bool:
        """Whether a block of its own begins with `line`."""
        indented = line[0] in " \t"
        if not indented and (line.startswith(("```", "~~~")) or _HEADING.match(line)):
            return self.kind != "quote" or line[0] != ">"
        if not blank:
            return False
        if self.kind == "list":
            return not indented and not _MARKER.match(line)
        return self.kind != "code" or not line.startswith(("    ", "\t"))

    def _open(self, line: str, whole: bool, start: int) -> bool:
        """Note what `line` is; False when that cannot be told before its end."""
        if line.lstrip(" \t>-+*0123456789.)").startswith(("```", "~~~")):
            if not whole:
                self.settled = False
                return False
            self.fence = Opening.of(line)
            if self.fence and not start and not self.fence.prefix.strip():
                self.kind = "fence"
        bare = line.lstrip(" \t")
        if not self.fence and bare[:2] in ("$$", "\\["):
            closer = "$$" if bare[:2] == "$$" else "\\]"
            if not whole:
                self.settled = False
            elif not bare[2:].rstrip(" \t").endswith(closer) and closer not in bare[2:]:
                self.math = closer
        if _MARKER.match(line):
            self.kind = "list"
        elif not self.kind or (self.kind == "text" and _RULER.match(line)):
            self.kind = self._first_kind(line, start)
        return True

    def _first_kind(self, line: str, start: int) -> str:
        if start:
            return "table" if "|" in line else self.kind
        if line.startswith(("    ", "\t")):
            return "code"
        if self.math:
            return ""
        return "quote" if line.lstrip().startswith(">") else "text"

    def _closes(self, line: str) -> bool:
        if self.math:
            if line.rstrip(" \t").endswith(self.math):
                self.math = ""
                return True
            return False
        assert self.fence is not None
        column, indent = self.fence.column, len(line) - len(line.lstrip(" \t"))
        left = bool(self.fence.prefix) and bool(line.strip()) and indent < column
        quoted = ">" in self.fence.prefix
        if (left and not quoted) or (quoted and ">" not in line) or self.fence.closed_by(line):
            self.fence = None
            return True
        return False

    def split(self) -> tuple[str, str, int]:
        """A block to draw, what the rest has to begin with, and where the rest begins."""
        window = self.window[:LIMIT]
        if self.fence and len(self.fence.mark) < 100:
            return split_fence(window, self.fence)
        if self.kind == "list":
            return split_list(window)
        if self.kind == "table":
            return split_table(window)
        return split_text(window)


def _lines(text: str) -> list[str]:
    """Lines with their ends; only \\n ends one, unlike in str.splitlines."""
    found = [line + "\n" for line in text.split("\n")]
    found[-1] = found[-1][:-1]
    return found if found[-1] else found[:-1]
