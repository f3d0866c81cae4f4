"""The append-only event log of one turn: numbered from 1, read by any number of viewers."""

from __future__ import annotations

import threading

from chat.events import Done, Event


class EventLog:
    """Safe from any thread. The writer never waits for a reader."""

    def __init__(self) -> None:
        self._events: list[Event] = []
        self._changed = threading.Condition()
        self.closed = False

    def append(self, event: Event) -> None:
        """Add the next event; `Done` closes the log."""
        with self._changed:
            self._events.append(event)
            self.closed = isinstance(event, Done)
            self._changed.notify_all()

    def after(self, number: int) -> list[Event]:
        """The events after that number (0 for all); the first of them has ``number + 1``."""
        return self._events[number:]

    def wait(self, number: int, timeout: float) -> bool:
        """Block until there is an event after that number or the log is closed; seconds."""
        with self._changed:
            return self._changed.wait_for(
                lambda: len(self._events) > number or self.closed, timeout
            )
