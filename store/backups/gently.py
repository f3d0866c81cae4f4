"""Reading and writing much without being in the way of those who write little."""

import os
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field

REST = 2.0
"""So long is rested after each second of work: others have two thirds of the disk."""
SYNC_BYTES = 1024 * 1024
"""So much may wait to be written: whoever writes next through to the disk waits for all of it."""
NICE = 10


@dataclass(slots=True)
class Gently:
    """Rests after each part; ``file`` is what is written."""

    file: int
    rest: float = REST
    clock: Callable[[], float] = time.monotonic
    pause: Callable[[float], None] = time.sleep
    _since: float = field(init=False)
    _waiting: int = 0

    def __post_init__(self) -> None:
        self._since = self.clock()

    def wrote(self, size: int) -> None:
        """After each part."""
        self._waiting += size
        if self._waiting >= SYNC_BYTES:
            os.fsync(self.file)
            self._waiting = 0
        self.pause((self.clock() - self._since) * self.rest)
        self._since = self.clock()


def step_back() -> None:
    """Let everybody else on the computer go first."""
    with suppress(OSError):
        os.nice(NICE)
