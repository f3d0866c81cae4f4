"""Slowing down those who guess: the wait doubles with every failure in a row."""

import hashlib
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

from chat.errors import TooMany

FREE, KNOWN_FREE = 5, 20
"""So many attempts are free for each key; for all known browsers of somebody together."""
FIRST_SECONDS = 1.0
LONGEST_SECONDS = 900.0
FORGET_SECONDS = 3600.0
KEYS_MAX = 100_000
KEY_MAX = 64


@dataclass(slots=True)
class _Record:
    failures: int = 0
    last: float = 0.0
    until: float = 0.0


class Throttle:
    """Counts failures by key (a username, an address), of this process; safe from any thread.

    An attempt counts as a failure before it is looked at, so that of many at once no more are
    looked at than of many in a row. When there are too many keys, the oldest are forgotten.
    """

    def __init__(self, *, clock: Callable[[], float] = time.monotonic, free: int = FREE) -> None:
        self._clock = clock
        self._free = free
        self._records: dict[str, _Record] = {}
        self._lock = threading.Lock()

    def count(self, *keys: str, known: str = "") -> None:
        """Count an attempt; raise `TooMany`, and count nothing, while one of the keys has to wait.

        Five are free, and twenty for the key of all ``known`` browsers; then the wait is
        1, 2, 4 … 900 s.
        """
        now, free = self._clock(), {_kept(key): self._free for key in keys}
        if known:
            free[_kept(known)] = KNOWN_FREE
        with self._lock:
            waits = [self._records[key].until - now for key in free if key in self._records]
            wait = max(waits, default=0.0)
            if wait <= 0:
                for key, most in free.items():
                    self._count(key, most, now)
                return
        _refuse(wait)

    def check(self, key: str) -> None:
        """Raise `TooMany` while it has to wait; for what is counted only when it failed.

        Of many at once more are looked at than of many in a row.
        """
        now = self._clock()
        with self._lock:
            record = self._records.get(_kept(key))
        _refuse(record.until - now if record else 0.0)

    def give_back(self, *keys: str) -> None:
        """One attempt was none, or was right; those before it still count."""
        with self._lock:
            for key in map(_kept, keys):
                if record := self._records.get(key):
                    record.failures -= 1
                    record.until = 0.0

    def forget(self, *keys: str) -> None:
        """Forget all failures of these keys."""
        with self._lock:
            for key in map(_kept, keys):
                self._records.pop(key, None)

    def _count(self, key: str, free: int, now: float) -> None:
        record = self._records.pop(key, None)
        if record is None or now - record.last > FORGET_SECONDS:
            record = _Record()
        self._records[key] = record  # as the newest
        record.failures += 1
        record.last = now
        over = record.failures - free
        if over >= 0:
            record.until = now + min(FIRST_SECONDS * 2 ** min(over, 20), LONGEST_SECONDS)
        while len(self._records) > KEYS_MAX:
            del self._records[next(iter(self._records))]


def _refuse(wait: float) -> None:
    if wait > 0:
        seconds = max(1, round(wait))
        raise TooMany("Too many attempts.", f"Try again in {seconds} s.", retry_after=seconds)


def _kept(key: str) -> str:
    """What is kept of a key, which may be as long as somebody likes."""
    if len(key) <= KEY_MAX:
        return key
    return hashlib.sha256(key.encode("utf-8", "surrogatepass")).hexdigest()
