"""The text of a live answer, made ready to be drawn once for all who watch it.

Each viewer hands in what it has read; only the first to bring an event counts. At the same pace
for all of them what is finished becomes an element, drawn once and for good, and what is not
becomes the `tail`, which is drawn anew.
"""

import threading
import time
from collections.abc import Sequence
from weakref import WeakValueDictionary

from chat.event_log import EventLog
from chat.events import Event, Token
from chat.ui.markdown.blocks import Blocks
from chat.ui.markdown.safe import DRAWN_CHARS, safe

FLUSH_SECONDS = 0.04
FLUSH_SECONDS_PER_VIEWER = 0.0025
FLUSH_SECONDS_PER_CHAR = 1 / 20_000
APART = 8
"""Of more elements than these, somebody who comes later gets one."""


class LiveText:
    """Safe from any thread."""

    def __init__(self, prefix: str) -> None:
        self.version = 0
        self.is_cut = False
        self._lock = threading.Lock()
        self._number = 0
        self._blocks = Blocks()
        self._finished: list[str] = []
        self._elements: list[tuple[str, str]] = []
        self._tail = self._drawn_tail = ""
        self._made = 0.0
        self._room = DRAWN_CHARS
        self._feed(prefix)

    def take(self, events: Sequence[Event], number: int) -> None:
        """These events of the log, of which the last has that ``number``."""
        with self._lock:
            for event in events[len(events) - max(number - self._number, 0) :]:
                if isinstance(event, Token):
                    self._feed(event.content)
            self._number = max(self._number, number)

    def make(self, viewers: int, *, at_once: bool) -> float:
        """Make ready what is new if it is time for that; else the seconds until it is.

        These are more the more viewers there are and the longer the unfinished block is.
        """
        with self._lock:
            tail = self._blocks.tail
            if not self._finished and (tail == self._tail or not tail.strip()):
                return 0
            pause = FLUSH_SECONDS + FLUSH_SECONDS_PER_VIEWER * viewers
            due = self._made + pause + FLUSH_SECONDS_PER_CHAR * len(tail) - time.monotonic()
            if due > 0 and not at_once:
                return due
            if self._finished:
                whole = "\n\n".join(self._finished)
                self._elements.append((whole, safe(whole)))
                self._finished = []
            self._tail, self._drawn_tail = tail, safe(tail) if tail.strip() else ""
            self._made = time.monotonic()
            self.version += 1
            return 0

    def after(self, count: int) -> tuple[list[str], str, int, int]:
        """The elements after so many, the tail, how many elements there are, and the version."""
        with self._lock:
            new, tail = self._elements[count:], self._drawn_tail
            known, version = len(self._elements), self.version
        if len(new) > APART:
            return [safe("\n\n".join(whole for whole, _ in new))], tail, known, version
        return [drawn for _, drawn in new], tail, known, version

    def _feed(self, text: str) -> None:
        if self._room > 0:
            self._finished += self._blocks.feed(text[: self._room])
            self._room -= len(text)
            self.is_cut = self._room <= 0


_texts: WeakValueDictionary[EventLog, LiveText] = WeakValueDictionary()
_finding = threading.Lock()


def text_of(log: EventLog | None, prefix: str) -> LiveText:
    """That of everybody who reads this log, let go with the last of them; without one a new one."""
    if log is None:
        return LiveText(prefix)
    with _finding:
        text = _texts.get(log)
        if text is None:
            text = _texts[log] = LiveText(prefix)
        return text
