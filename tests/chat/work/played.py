"""Jobs for tests: what a child process is made to do."""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from chat.errors import ToolError


@dataclass(frozen=True)
class Seen:
    """What a child knows of itself."""

    pid: int
    modules: tuple[str, ...]
    environment: dict[str, str]
    niceness: int


def seen() -> Seen:
    return Seen(os.getpid(), tuple(sys.modules), dict(os.environ), os.nice(0))


def told(data: bytes, at: datetime, numbers: tuple[int, ...]) -> str:
    return f"{len(data)} {at:%d.%m.%Y %H:%M} {sum(numbers)}"


def spin(mark: str) -> str:
    """For ever; the file tells that it has begun, and by whom."""
    Path(mark).write_text(str(os.getpid()))
    while True:
        pass


def spin_over(data: bytes, *_: object) -> str:
    """The same, where bytes are read."""
    return spin(data.decode())


def until_there(mark: str, gate: str) -> str:
    """Busy until the gate is there."""
    Path(mark).write_text(str(os.getpid()))
    while not Path(gate).exists():
        pass
    return mark


def eat() -> int:
    """More memory than there may be."""
    return sum(len(bytes(50_000_000)) for _ in [[bytearray(50_000_000) for _ in range(100)]])


def much(length: int) -> str:
    return "x" * length


def refuse() -> str:
    raise ToolError("No.", "Ask somebody else.")


def fail() -> str:
    raise ValueError("not for people")


def lie() -> int:
    """Another type than it says."""
    return "no number"  # type: ignore[return-value]


def end() -> str:
    os._exit(3)
