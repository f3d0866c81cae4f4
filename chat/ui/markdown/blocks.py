"""A growing answer, cut into blocks of Markdown that need to be drawn only once.

Only `tail` changes while an answer arrives, and each of its lines is looked at once, the last one
until it is whole. Where blocks end depends on the text alone, not on how it was cut into chunks: a
window of at most `LIMIT` + 1 characters is looked at, from the end of the last block, and what is
decided in it is never decided again.
"""

import re

from chat.ui.markdown.fences import Opening
from chat.ui.markdown.splitting import split_fence, split_list, split_table, split_text

LIMIT = 3000
_MARKER = re.compile(r"[ \t]*(?:[-+*]|\d{1,9}[.)])(?:[ \t]|$)|\[\^")
_HEADING = re.compile(r"#{1,6}[ \t]")
_RULER = re.compile(r"[ \t]*+\|?+[ \t]*+:?+-++:?+[ \t]*+(?:\||$)[ \t|:-]*+$")
# So many characters tell any marker from a paragraph (nine digits, a dot, a space).
_ENOUGH = 11


class Blocks:
    """`feed` it an answer as it comes; each block it returns is to be drawn once, in order."""

    def __init__(self) -> None:
        self._tail = ""
        self._look = _Look()

    @property
    def tail(self) -> str:
        """What is not finished, with the head of the fence, list or table it goes on with."""
        return self._tail

    def feed(self, text: str) -> list[str]:
        """Take the next piece of the answer; returns the blocks that are finished with it."""
        self._tail += text
        if self._look.settled and "\n" not in text and len(self._tail) <= LIMIT:
            return []
        finished = []
        text, at = self._tail, 0
        while True:
            end = self._look.boundary(text, at)
            if end:
                finished.append(text[at : at + end])
                at += end
            elif len(text) - at > LIMIT:
                block, head, cut = self._look.split(text[at : at + LIMIT])
                finished.append(block)
                text, at = head + text[at + cut :], 0
            else:
                self._tail = text[at:]
                return finished
            self._look = _Look()


class _Look:
    """What can be told from the unfinished part: where it may end, or where it has to."""

    def __init__(self) -> None:
        self.fence: Opening | None = None
        self.math = ""
        self.kind = ""
        self.settled = False
        self._blank = False
        self._start = 0
        self._whole = (self.fence, self.math, self.kind, self._blank)

    def boundary(self, text: str, at: int) -> int:
        """How long the block that begins ``at`` is, 0 when it does not end in the window.

        Goes on after the last whole line; of one that was not whole all is forgotten.
        """
        self.fence, self.math, self.kind, self._blank = self._whole
        stop = min(len(text), at + LIMIT + 1)
        while (first := at + self._start) < stop:
            end = text.find("\n", first, stop)
            if end < 0:
                return self._look_at(text[first:stop], whole=False)
            if found := self._look_at(text[first:end], whole=True):
                return found
            self.settled = False
            self._start = end + 1 - at
            self._whole = (self.fence, self.math, self.kind, self._blank)
        return 0

    def _look_at(self, line: str, *, whole: bool) -> int:
        """How long the block is if it ends before this line or with it, else 0."""
        start, end = self._start, self._start + len(line) + 1
        if self.fence is not None or self.math:
            closed = whole and self._closes(line) and self.kind in ("", "fence")
            return end if closed else 0
        if not line.strip(" \t"):
            self._blank = self._blank or (whole and start > 0)
            return 0
        self.settled = whole or len(line) >= _ENOUGH
        if not self.settled:
            return 0
        if start and self._begins(line, self._blank):
            return start
        if whole and self.kind == "" and _HEADING.match(line):
            return end
        self._blank = False
        self._open(line, whole, start)
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

    def _open(self, line: str, whole: bool, start: int) -> None:
        """Note what `line` is, as far as that can be told before its end."""
        if line.lstrip(" \t>-+*0123456789.)").startswith(("```", "~~~")):
            if not whole:
                self.settled = False
                return
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

    def split(self, window: str) -> tuple[str, str, int]:
        """A block to draw, what the rest has to begin with, and where the rest begins."""
        if self.fence and len(self.fence.mark) < 100:
            return split_fence(window, self.fence)
        if self.kind == "list":
            return split_list(window)
        if self.kind == "table":
            return split_table(window)
        return split_text(window)
