"""How the cost of reading a text grows with its length, in processor time of this thread.

What is quick for a text is not looked at any further. Only the rest is measured at two
lengths, the least of a few tries at each, and anew before it is called slow.
"""

from __future__ import annotations

import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

LONG = 2_000
QUICK_SECONDS = 1e-6
"""For each character."""
RATIO = 2.5
SURE_RATIO = 3.5
TRIES, ATTEMPTS = 3, 5
LIMIT_SECONDS = 1.0
"""Of processor time: no try may take longer, so that what is exponential fails instead."""

Make = Callable[[int], str]
"""A text of about so many characters."""
Read = Callable[[str], object]


class TooSlow(Exception):
    """What was running has used `LIMIT_SECONDS`."""


def slow(read: Read, make: Make, long: int = LONG) -> str:
    """What was measured where it takes more than `RATIO` times as long for twice the text."""
    try:
        text = make(long)
        if any(_seconds(read, text) < long * QUICK_SECONDS for _ in range(TRIES)):
            return ""
        found: list[tuple[float, float]] = []
        while len(found) < ATTEMPTS:
            once, twice = (
                min(_seconds(read, make(length)) for _ in range(TRIES))
                for length in (long, 2 * long)
            )
            found.append((twice / once, twice))
            sure = len(found) > 1 and min(found)[0] > SURE_RATIO
            if found[-1][0] <= RATIO or sure:
                break
    except TooSlow:
        return f"more than {LIMIT_SECONDS:g} s for {2 * long} characters"
    ratio, seconds = min(found)
    return "" if ratio <= RATIO else f"{ratio:.1f} times for twice as much, then {seconds:.3f} s"


def _seconds(read: Read, text: str) -> float:
    with _limited():
        began = time.thread_time()
        read(text)
        return time.thread_time() - began


@contextmanager
def _limited() -> Iterator[None]:
    """Ends a regular expression, too: it looks for signals while it runs."""

    def end(signum: int, frame: FrameType | None) -> None:
        raise TooSlow

    before = signal.signal(signal.SIGVTALRM, end)
    signal.setitimer(signal.ITIMER_VIRTUAL, LIMIT_SECONDS)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        signal.signal(signal.SIGVTALRM, before)
