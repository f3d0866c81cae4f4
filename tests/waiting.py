"""Waiting for a state instead of for a time."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

POLL_SECONDS = 0.005

T = TypeVar("T")


def until(condition: Callable[[], T], seconds: float = 15.0) -> T:
    """What the condition gives as soon as that is true; fails when it never is."""
    deadline = time.monotonic() + seconds
    while not (value := condition()):
        assert time.monotonic() < deadline, f"still {value!r} after {seconds} s"
        time.sleep(POLL_SECONDS)
    return value
