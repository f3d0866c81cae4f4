"""Watching an answer: from this process's log, or from the database when another writes it."""

from __future__ import annotations

import time
from typing import Protocol

from chat.events import Done, Event, Token
from chat.turns.turn import Turn
from store import messages
from store.database import Database
from store.errors import NotFound
from store.values import SessionKey

POLL_SECONDS = 0.25


class Viewer(Protocol):
    """``prefix`` is what the answer began with; `read` gives each event once, `Done` last."""

    prefix: str

    def read(self, timeout: float) -> list[Event]:
        """The events since the last call; waits for one up to ``timeout`` seconds."""


class LocalViewer:
    """Reads the log of a turn of this process."""

    def __init__(self, turn: Turn) -> None:
        self.prefix = turn.prefix
        self._log = turn.log
        self._number = 0

    def read(self, timeout: float) -> list[Event]:
        """See `Viewer`."""
        self._log.wait(self._number, timeout)
        events = self._log.after(self._number)
        self._number += len(events)
        return events


class FollowingViewer:
    """Follows the checkpoints of an answer that another process writes, or that waits.

    Ends (`Done`) whenever the status changes, also from ``queued`` to ``streaming``: then the
    watcher attaches again.
    """

    prefix = ""

    def __init__(self, database: Database, key: SessionKey, message_id: int) -> None:
        self._database = database
        self._key = key
        self._message_id = message_id
        self._text = ""
        self._status = ""
        self._polled = 0.0

    def read(self, timeout: float) -> list[Event]:
        """See `Viewer`; asks the database four times a second at most."""
        wait = POLL_SECONDS - (time.monotonic() - self._polled)
        if wait > 0:
            time.sleep(min(wait, timeout))
            if wait > timeout:
                return []
        self._polled = time.monotonic()
        return self._poll()

    def _poll(self) -> list[Event]:
        try:
            with self._database.reading() as db:
                message = messages.get(db, self._key, message_id=self._message_id)
        except NotFound:
            return [Done(self._key.session_id, self._message_id, "deleted")]
        events: list[Event] = []
        if len(message.content) > len(self._text):
            events.append(Token(message.content[len(self._text) :]))
            self._text = message.content
        self._status = self._status or message.status
        if message.status != self._status or not message.is_open:
            events.append(Done(message.session_id, message.id, message.status))
        return events
