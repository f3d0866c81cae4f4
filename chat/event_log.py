"""The append-only event log of one turn: numbered from 1, read by any number of viewers."""

import asyncio
import logging
import threading
from collections.abc import AsyncIterator, Callable

from chat.events import Done, Event

TICK_SECONDS = 3.0
Batch = list[tuple[int | None, Event]]
"""Events with their numbers, as far as they have any."""

log = logging.getLogger("parley.turns")


class EventLog:
    """Safe from any thread. The writer never waits for a reader."""

    def __init__(self) -> None:
        self._events: list[Event] = []
        self._changed = threading.Condition()
        self._listeners: set[Callable[[], object]] = set()
        self.closed = False

    @property
    def count(self) -> int:
        """The number of the last event."""
        return len(self._events)

    def append(self, event: Event) -> None:
        """Add the next event; `Done` closes the log."""
        with self._changed:
            self._events.append(event)
            self.closed = isinstance(event, Done)
            listeners, self._listeners = self._listeners, set()
            self._changed.notify_all()
        for listener in listeners:
            try:
                listener()
            except Exception as failure:  # noqa: BLE001 - a reader's trouble is not the writer's
                log.debug("a listener failed: %r", failure)

    def after(self, number: int) -> list[Event]:
        """The events after that number (0 for all); the first of them has ``number + 1``."""
        return self._events[number:]

    def wait(self, number: int, timeout: float) -> bool:
        """Block until there is an event after that number or the log is closed; seconds."""
        with self._changed:
            return self._changed.wait_for(lambda: self._has(number), timeout)

    async def more(self, number: int, seconds: float) -> bool:
        """The same without a thread, on whatever loop asks."""
        loop, woken = asyncio.get_running_loop(), asyncio.Event()

        def wake() -> None:
            loop.call_soon_threadsafe(woken.set)

        if self.listen(number, wake):
            try:
                async with asyncio.timeout(seconds):
                    await woken.wait()
            except TimeoutError:
                return self._has(number)
            finally:
                self.forget(wake)
        return True

    async def batches(self, number: int) -> AsyncIterator[Batch]:
        """What comes after that number, up to the end; an empty batch at least every 3 s."""
        while not (self.closed and number >= self.count):
            await self.more(number, TICK_SECONDS)
            events = self.after(number)
            yield list(enumerate(events, number + 1))
            number += len(events)

    def listen(self, number: int, listener: Callable[[], object]) -> bool:
        """Call it once, from the writer's thread, at the next event; False: there is one now."""
        with self._changed:
            if self._has(number):
                return False
            self._listeners.add(listener)
            return True

    def forget(self, listener: Callable[[], object]) -> None:
        """Do not call it any more."""
        with self._changed:
            self._listeners.discard(listener)

    def _has(self, number: int) -> bool:
        return len(self._events) > number or self.closed
