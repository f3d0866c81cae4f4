"""Whether something of somebody's changed, as a number to compare with an earlier one."""

import threading
import time
from collections.abc import Callable

KEEP_SECONDS = 600.0


class Changes:
    """Safe from any thread; of whom nothing changed for ten minutes nothing is kept."""

    def __init__(self, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._last = 0
        self._noted: dict[str, tuple[int, float]] = {}

    def of(self, user_id: str) -> int:
        """Another number than before when something changed since; 0 for long ago, or never."""
        return self._noted.get(user_id, (0, 0.0))[0]

    def note(self, user_id: str) -> None:
        """Something of theirs has changed."""
        now = self._clock()
        with self._lock:
            self._last += 1
            self._noted.pop(user_id, None)
            self._noted[user_id] = self._last, now
            # The oldest come first, so that looking at them costs what is removed.
            while now - (oldest := next(iter(self._noted.items())))[1][1] > KEEP_SECONDS:
                del self._noted[oldest[0]]
