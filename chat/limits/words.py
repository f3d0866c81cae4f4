"""Numbers, times and amounts in words."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from chat.config import Settings

UNITS = ((86_400, "day", "a day"), (3600, "hour", "an hour"), (60, "minute", "a minute"))


def expiry(settings: Settings, *, is_guest: bool) -> str:
    """A sentence about when chats go by themselves; empty when they stay."""
    if settings.ttl_seconds is None or (settings.mode.guests and not is_guest):
        return ""
    whose = "Guest chats" if is_guest else "Chats"
    return f"{whose} are deleted {duration(settings.ttl_seconds)} after the last message."


def counted(number: int, thing: str) -> str:
    """``1 chat``, ``1,200 chats``."""
    return f"{number:,} {thing}{'' if number == 1 else 's'}"


def duration(seconds: int) -> str:
    """``90 minutes``, ``an hour``, in the largest unit in which it is a whole number."""
    for length, unit, one in UNITS:
        if seconds % length == 0:
            return one if seconds == length else counted(seconds // length, unit)
    return counted(seconds, "second")


def wait(seconds: float) -> str:
    """When it goes on: ``40 minutes``, and from two hours on whole hours; never too early."""
    minutes = math.ceil(seconds / 60)
    return duration(3600 * math.ceil(minutes / 60) if minutes > 120 else 60 * minutes)


def amount(number: int, unit: str) -> str:
    """So much of a unit of `store.budgets.Used`: ``3 messages``, ``$0.50``, ``5 MB of files``."""
    if unit == "cost":
        return f"${number / 1e6:,.2f}" if number % 10_000 == 0 else f"${number / 1e6:,.6f}"
    if unit == "file_bytes":
        return f"{number / 1e6:,.1f} MB of files"
    return counted(number, unit.removesuffix("s"))
