"""Watching an answer: from this process's log, or from the database when another writes it.

The page watches with `Viewer`, in its script's own thread; streams with `follow`, without one.
"""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass

from chat.event_log import Batch
from chat.events import Done, Error, Event, Token
from chat.turns import paused
from chat.turns.turn import Turn
from store import messages
from store.database import Database, Session
from store.errors import NotFound, StorageUnavailable
from store.values import OPEN, Message, SessionKey

POLL_SECONDS = 0.25


class LocalViewer:
    """Reads the log of a turn of this process; ``prefix`` is what the answer began with.

    ``number`` is that of the last event it has read; ``log`` is the same one for all who watch.
    """

    def __init__(self, turn: Turn) -> None:
        self.prefix = turn.prefix
        self.log = turn.log
        self.number = 0

    def read(self, timeout: float) -> list[Event]:
        """Each event once, `Done` last; waits for one up to ``timeout`` seconds."""
        self.log.wait(self.number, timeout)
        events = self.log.after(self.number)
        self.number += len(events)
        return events


class FollowingViewer:
    """Reads what is stored of an answer; asks the database four times a second at most.

    Its `Done` may have the status ``streaming`` of one that waited: then attach again, unless
    it asks somebody.
    """

    prefix = ""
    log = None

    def __init__(self, database: Database, key: SessionKey, message_id: int) -> None:
        self._database = database
        self.number = 0
        self._answer = _Stored(key, message_id, seen=0)
        self._polled = 0.0

    def read(self, timeout: float) -> list[Event]:
        """As `LocalViewer.read`."""
        wait = POLL_SECONDS - (time.monotonic() - self._polled)
        if wait > 0:
            time.sleep(min(wait, timeout))
            if wait > timeout:
                return []
        self._polled = time.monotonic()
        with self._database.reading() as db:
            events = self._answer.news(db)
        self.number += len(events)
        return events


Viewer = LocalViewer | FollowingViewer


async def follow(
    key: SessionKey,
    message_id: int,
    after: int,
    find: Callable[[], Turn | None],
    read: Callable[[Callable[[Session], list[Event]]], Awaitable[list[Event]]],
) -> AsyncIterator[Batch]:
    """Everything after that number up to `Done`; an empty batch at least every 3 s.

    Numbers are those of the turn's log. An answer that another process writes, or that ended
    longer ago than logs are kept, is read from the database, without numbers; what it began
    with is left out. ``find`` gives its turn in this process, ``read`` reads off the loop.
    """
    stored = _Stored(key, message_id)
    while (turn := find()) is None:
        events: list[Event] = []
        with suppress(StorageUnavailable):
            events = await read(stored.news)
        if find() is not None:
            continue
        batch: Batch = [
            (None, one)
            for one in events
            if stored.asks or not (isinstance(one, Done) and one.status in OPEN)
        ]
        yield batch
        if batch and isinstance(batch[-1][1], Done):
            return
        await asyncio.sleep(POLL_SECONDS)
    async for batch in turn.log.batches(after):
        yield batch


@dataclass(slots=True)
class _Stored:
    """An answer's row, read again and again; ``seen`` characters of its text are known.

    None: those of the answer that it continues. ``asks``: it waits for somebody.
    """

    key: SessionKey
    message_id: int
    seen: int | None = None
    status: str = ""
    asks: bool = False

    def news(self, db: Session) -> list[Event]:
        """What is new; `Done` when the status is another one, or the answer gone."""
        try:
            message = messages.get(db, self.key, message_id=self.message_id)
        except NotFound:
            return [Done(self.key.session_id, self.message_id, "deleted")]
        seen = self._continued(db, message) if self.seen is None else self.seen
        self.seen = max(seen, len(message.content))
        events: list[Event] = [Token(text)] if (text := message.content[seen:]) else []
        before, self.status = self.status or message.status, message.status
        if message.status == "error":
            words = message.error_message or "The answer failed."
            events.append(Error(message.error_code or "error", words, retryable=True))
        events += paused.told(message.asks)
        self.asks = bool(message.asks)
        if self.asks or message.status != before or not message.is_open:
            events.append(Done(message.session_id, message.id, message.status))
        return events

    def _continued(self, db: Session, message: Message) -> int:
        continues = message.metadata.continues
        if continues is None:
            return 0
        with suppress(NotFound):
            return len(messages.get(db, self.key, message_id=continues).content)
        return 0
