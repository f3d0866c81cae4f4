"""What changes of somebody's things, told to all who watch, whatever door it came through.

Events name what to look at again, never what is in it: they may be dropped and doubled. Numbers
grow over restarts, so that one of an earlier process is known to be old.
"""

import asyncio
import threading
import time
from collections import deque
from collections.abc import AsyncIterator, Callable, Set
from concurrent import futures
from dataclasses import dataclass, field
from typing import Literal

KEEP_SECONDS = 600.0
KEPT = 100
TICK_SECONDS = 2.0
Kind = Literal["session", "turn", "profile", "login", "models", "folder", "maintenance"]


@dataclass(frozen=True, slots=True)
class Change:
    """Something of a session, its answers or analyses, a login, folders, what models there are, or
    whether it is read only.

    No id: of any session.
    """

    type: Kind
    session_id: str = ""


@dataclass(eq=False)
class _Feed:
    """Of one person; ``before``: up to this number it is not known any more what there was."""

    before: int
    noted: float
    watchers: int = 0
    last: deque[tuple[int, Change]] = field(default_factory=lambda: deque(maxlen=KEPT))
    next: futures.Future[None] = field(default_factory=futures.Future)


class News:
    """Safe from any thread; whoever notes never waits for a watcher.

    Of whom nothing changed for ten minutes, and whom nobody watches, nothing is kept.
    """

    def __init__(self, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._number = time.time_ns() // 1_000_000
        self._feeds: dict[str, _Feed] = {}
        self._for_all: dict[Kind, int] = {}
        self.closed = False

    @property
    def number(self) -> int:
        """Of the last change of anybody's."""
        return self._number

    @property
    def watched(self) -> Set[str]:
        """Whose changes somebody waits for."""
        with self._lock:
            return {user_id for user_id, feed in self._feeds.items() if feed.watchers}

    def note(self, user_id: str, kind: Kind, session_id: str = "") -> None:
        """Something of theirs has changed."""
        with self._lock:
            feed = self._touched(user_id)
            self._number += 1
            if len(feed.last) == KEPT:
                feed.before = feed.last[0][0]
            feed.last.append((self._number, Change(kind, session_id)))
            come, feed.next = feed.next, futures.Future()
        come.set_result(None)

    def note_for_all(self, kind: Kind) -> None:
        """Something has changed for everybody: who watches, and who will from before that on."""
        with self._lock:
            self._number += 1
            self._for_all[kind] = self._number
            known = list(self._feeds)
        for user_id in known:
            self.note(user_id, kind)

    def close(self) -> None:
        """The process ends: so do all who watch."""
        with self._lock:
            self.closed = True
            coming = []
            for feed in self._feeds.values():
                coming.append(feed.next)
                feed.next = futures.Future()
        for come in coming:
            come.set_result(None)

    async def batches(
        self, user_id: str, after: int | None
    ) -> AsyncIterator[list[tuple[int, Change]]]:
        """What changes after that number, else from now on, until `close`.

        An empty batch at least every 2 s. Where it is not known any more what there was after
        that number: one change of any session, and what changed for everybody.
        """
        with self._lock:
            feed = self._touched(user_id)
            feed.watchers += 1
        number = self._number if after is None else after
        try:
            if number < feed.before or number > self._number:
                missed = [Change(kind) for kind, at in self._for_all.items() if at > number]
                number = self._number
                yield [(number, change) for change in (Change("session"), *missed)]
            coming = None
            while not self.closed:
                newest = feed.next  # taken before looking: whatever comes in between ends it
                found = [one for one in list(feed.last) if one[0] > number]
                if not found:
                    if coming is not newest:  # one for all ticks: what waits cannot be taken back
                        coming, come = newest, asyncio.wrap_future(newest)
                    await asyncio.wait([come], timeout=TICK_SECONDS)
                    found = [one for one in list(feed.last) if one[0] > number]
                yield found
                number = found[-1][0] if found else number
        finally:
            with self._lock:
                feed.watchers -= 1

    def _touched(self, user_id: str) -> _Feed:
        """Somebody's feed, as the newest; the oldest come first, so that looking costs little."""
        now = self._clock()
        feed = self._feeds.pop(user_id, None) or _Feed(before=self._number, noted=now)
        feed.noted = now
        self._feeds[user_id] = feed
        for other, kept in self._oldest(now):
            if kept.watchers:
                self._feeds[other] = self._feeds.pop(other)
                kept.noted = now
            else:
                del self._feeds[other]
        return feed

    def _oldest(self, now: float) -> list[tuple[str, _Feed]]:
        found = []
        for user_id, feed in self._feeds.items():
            if now - feed.noted <= KEEP_SECONDS:
                break
            found.append((user_id, feed))
        return found
