"""Waiting for a state instead of for a time."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

SHORTEST_SECONDS, LONGEST_SECONDS = 0.001, 0.05

T = TypeVar("T")


def until(condition: Callable[[], T], seconds: float = 15.0) -> T:
    """What the condition gives as soon as that is true; fails when it never is.

    It is asked less and less often: to ask takes work from what it waits for.
    """
    deadline = time.monotonic() + seconds
    pause = SHORTEST_SECONDS
    while not (value := condition()):
        assert time.monotonic() < deadline, f"still {value!r} after {seconds} s"
        time.sleep(pause)
        pause = min(pause * 1.5, LONGEST_SECONDS)
    return value
