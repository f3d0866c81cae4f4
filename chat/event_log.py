"""The append-only event log of one turn: numbered from 1, read by any number of viewers."""

import asyncio
import threading
from collections.abc import AsyncIterator
from concurrent import futures

from chat.events import Done, Event

TICK_SECONDS = 3.0
Batch = list[tuple[int | None, Event]]
"""Events with their numbers, as far as they have any."""


class EventLog:
    """Safe from any thread. The writer never waits for a reader."""

    def __init__(self) -> None:
        self._events: list[Event] = []
        self._appending = threading.Lock()
        self._next: futures.Future[None] = futures.Future()
        self.closed = False

    @property
    def count(self) -> int:
        """The number of the last event."""
        return len(self._events)

    def append(self, event: Event) -> None:
        """Add the next event; `Done` closes the log."""
        with self._appending:
            self._events.append(event)
            self.closed = isinstance(event, Done)
            come, self._next = self._next, futures.Future()
        come.set_result(None)

    def after(self, number: int) -> list[Event]:
        """The events after that number (0 for all); the first of them has ``number + 1``."""
        return self._events[number:]

    def wait(self, number: int, timeout: float) -> bool:
        """Block until there is an event after that number or the log is closed; seconds."""
        coming = self._next  # taken before looking: whatever comes in between ends it
        if not self._has(number):
            futures.wait([coming], timeout)
        return self._has(number)

    async def batches(self, number: int) -> AsyncIterator[Batch]:
        """What comes after that number, up to the end; an empty batch at least every 3 s."""
        coming = None
        while not (self.closed and number >= self.count):
            newest = self._next  # taken before looking, as above
            if not self._has(number):
                if coming is not newest:  # one for all ticks: what waits cannot be taken back
                    coming, come = newest, asyncio.wrap_future(newest)
                await asyncio.wait([come], timeout=TICK_SECONDS)
            events = self.after(number)
            yield list(enumerate(events, number + 1))
            number += len(events)

    def _has(self, number: int) -> bool:
        return len(self._events) > number or self.closed
