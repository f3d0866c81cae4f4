"""Slowing down those who guess: the wait doubles with every failure in a row."""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

from chat.errors import TooMany

FREE = 5
FIRST_SECONDS = 1.0
LONGEST_SECONDS = 900.0
FORGET_SECONDS = 3600.0
KEYS_MAX = 100_000


@dataclass(slots=True)
class _Record:
    failures: int = 0
    last: float = 0.0
    until: float = 0.0


class Throttle:
    """Counts failures by key (a username, an address), of this process; safe from any thread."""

    def __init__(self, *, clock: Callable[[], float] = time.monotonic, free: int = FREE) -> None:
        self._clock = clock
        self._free = free
        self._records: dict[str, _Record] = {}
        self._lock = threading.Lock()

    def check(self, *keys: str) -> None:
        """Raise `TooMany` while one of the keys has to wait."""
        now = self._clock()
        with self._lock:
            waits = [self._records[key].until - now for key in keys if key in self._records]
        wait = max(waits, default=0.0)
        if wait > 0:
            seconds = max(1, round(wait))
            raise TooMany("Too many attempts.", f"Try again in {seconds} s.", retry_after=seconds)

    def failed(self, *keys: str) -> None:
        """Count a failure: the first five are free, then the wait is 1, 2, 4 … 900 s."""
        now = self._clock()
        with self._lock:
            if len(self._records) > KEYS_MAX:
                self._forget(now)
            for key in keys:
                record = self._records.setdefault(key, _Record())
                if now - record.last > FORGET_SECONDS:
                    record.failures = 0
                record.failures += 1
                record.last = now
                over = record.failures - self._free
                if over > 0:
                    wait = FIRST_SECONDS * 2 ** min(over - 1, 20)
                    record.until = now + min(wait, LONGEST_SECONDS)

    def succeeded(self, *keys: str) -> None:
        """Forget the failures of these keys."""
        with self._lock:
            for key in keys:
                self._records.pop(key, None)

    def _forget(self, now: float) -> None:
        self._records = {
            key: record
            for key, record in self._records.items()
            if now - record.last <= FORGET_SECONDS
        }
