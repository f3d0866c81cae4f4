"""How much work Python does, counted: the same on any machine, however busy."""

from __future__ import annotations

import gc
import sys
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from fractions import Fraction
from types import FrameType
from typing import Any


@dataclass
class Work:
    """Calls of functions by the module they are in, and the most bits of a number they gave."""

    calls: Counter[str] = field(default_factory=Counter)
    bits: int = 0


@contextmanager
def counted() -> Iterator[Work]:
    """Counts what this thread does, and those that it starts meanwhile.

    No garbage is collected in between, for at its own time that calls functions too.
    """
    work = Work()

    def see(frame: FrameType, event: str, given: Any) -> None:
        if event == "call":
            work.calls[frame.f_globals.get("__name__", "")] += 1
        elif event == "return" and isinstance(given, int | Fraction):
            sizes = (given.numerator.bit_length(), given.denominator.bit_length())
            work.bits = max(work.bits, *sizes)
        elif event == "c_call":
            work.calls[given.__module__ or ""] += 1

    before = sys.getprofile()
    gc.disable()
    threading.setprofile(see)
    sys.setprofile(see)
    try:
        yield work
    finally:
        sys.setprofile(before)
        threading.setprofile(None)  # type: ignore[arg-type]
        gc.enable()
