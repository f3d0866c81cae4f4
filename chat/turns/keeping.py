"""What became of an answer is stored, and paid for in the same transaction."""

import asyncio
import logging
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass

from chat.bill import Bill
from chat.events import Status
from chat.limits.asides import count_asides
from chat.limits.spending import Limits
from chat.loop import Loop
from chat.turns.turn import Turn
from store.database import Database
from store.errors import StoreError

Keep = Callable[..., object]
"""Stores something of an answer: takes ``db``, its session's key and ``message_id``."""

log = logging.getLogger("parley.turns")


@dataclass(frozen=True, slots=True)
class Keeping:
    """Stores what answers have become; an outage only makes it wait."""

    loop: Loop
    database: Database
    limits: Limits

    async def keep(
        self, turn: Turn, keep: Keep, *, is_over: bool, gives_up: Callable[[], bool]
    ) -> None:
        """Until it is stored, or whoever asks gives up; one that is not over has more to pay."""
        turn.is_ending = True
        delay = 0.25
        while not await self._stored(turn, keep, is_over):
            if gives_up():
                return
            delay = min(delay * 2, 5.0)
            with suppress(asyncio.CancelledError):
                await asyncio.sleep(delay)
        turn.bill = Bill()  # this one is paid

    async def _stored(self, turn: Turn, keep: Keep, is_over: bool) -> bool:
        def store() -> None:
            with self.database.transaction(even_read_only=True) as db:
                keep(db, turn.key, message_id=turn.message_id)
                persona = turn.metadata.persona.id if turn.metadata.persona else ""
                now = self.limits.now()
                count_asides(db, turn.key, turn.bill, persona=persona, now=now)
                charge = turn.charge or self.limits.charge(db, turn.key, turn.message_id)
                if is_over:
                    self.limits.settle(db, charge, turn.bill)
                elif charge:
                    self.limits.pay(db, charge, turn.bill)

        storing = asyncio.ensure_future(self.loop.in_thread(store))
        try:
            while not storing.done():
                with suppress(asyncio.CancelledError):
                    await asyncio.shield(storing)
            storing.result()
        except Exception as failure:
            is_known = isinstance(failure, StoreError)
            said = failure if is_known else type(failure).__name__
            about = (turn.key.session_id, said)
            log.warning("answer not stored yet session=%s: %s", *about, exc_info=not is_known)
            reason = f"{failure} " if is_known else ""
            turn.log.append(Status(f"Not stored yet: {reason}It is tried again and again."))
            return False
        return True
