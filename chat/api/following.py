"""An answer's events with their numbers, for as long as they come; never a thread per stream."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass

from chat.api.caller import Caller
from chat.event_log import EventLog
from chat.events import Done, Error, Event, Token
from chat.server.closing import closing
from chat.turns.turn import Turn
from store import messages
from store.errors import NotFound, StorageUnavailable
from store.values import Message

TICK_SECONDS = 3.0
POLL_SECONDS = 0.25
Batch = list[tuple[int | None, Event]]


@dataclass(frozen=True, slots=True)
class Answer:
    """Which answer of whom."""

    caller: Caller
    session_id: str
    message_id: int

    @property
    def turn(self) -> Turn | None:
        """Its turn, when this process writes it or just did."""
        return self.caller.parts.turns.find(self.caller.key(self.session_id), self.message_id)

    async def stored(self) -> Message:
        """As it is in the database; raises `MessageNotFound`."""
        key = self.caller.key(self.session_id)
        return await self.caller.read(lambda db: messages.get(db, key, message_id=self.message_id))


async def follow(answer: Answer, after: int = 0) -> AsyncIterator[Batch]:
    """Everything after that number up to `Done`; an empty batch at least every 3 s.

    Numbers are those of the turn's log. An answer that another process writes, or that ended
    longer ago than logs are kept, is read from the database, without numbers.
    """
    seen = None
    while (turn := answer.turn) is None:
        batch: Batch = []
        try:
            message = await answer.stored()
            if answer.turn is not None:
                continue
            seen = await _prefix(answer, message) if seen is None else seen
            batch = [(None, event) for event in _news(message, seen)]
            seen = max(seen, len(message.content))
        except NotFound:
            batch = [(None, Done(answer.session_id, answer.message_id, "deleted"))]
        except StorageUnavailable:
            pass
        yield batch
        if closing.requested or (batch and isinstance(batch[-1][1], Done)):
            return
        await asyncio.sleep(POLL_SECONDS)
    async for batch in logged(turn.log, after):
        yield batch


async def logged(log: EventLog, number: int) -> AsyncIterator[Batch]:
    """What a log has after that number, up to its end; an empty batch at least every 3 s."""
    while True:
        await log.more(number, TICK_SECONDS)
        events = log.after(number)
        yield list(enumerate(events, number + 1))
        number += len(events)
        if log.closed and number >= log.count:
            return


async def _prefix(answer: Answer, message: Message) -> int:
    """How much of the text was there before the answer was continued."""
    continues = message.metadata.continues
    if continues is None:
        return 0
    try:
        before = await Answer(answer.caller, answer.session_id, continues).stored()
    except NotFound:
        return 0
    return len(before.content)


def _news(message: Message, seen: int) -> list[Event]:
    events: list[Event] = []
    if text := message.content[seen:]:
        events.append(Token(text))
    if message.is_open:
        return events
    if message.status == "error":
        words = message.error_message or "The answer failed."
        events.append(Error(message.error_code or "error", words, retryable=True))
    return [*events, Done(message.session_id, message.id, message.status)]
