"""What goes on beside the turns: answers of ended processes, what is to go, what is to be warm."""

import asyncio
import gc
import logging
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime

from chat.limits.spending import Limits
from chat.limits.unpaid import settle_unpaid
from chat.loop import Loop
from chat.turns import writer
from chat.turns.decisions import Decisions
from chat.turns.retention import ENDS_SECONDS, Retention
from chat.turns.runner import Runner
from store.database import Database
from store.endings import Writing, interrupt
from store.errors import ReadOnly, StoreError

REAP_SECONDS, RETRY_SECONDS = 30.0, 5.0
CLEAN_SECONDS, EXPIRE_SECONDS = 900.0, 60.0
"""How often it is looked for what is to go, and for chats that may have to go within the hour."""
COLLECT_AFTER = 5_000

log = logging.getLogger("parley.upkeep")


@dataclass(frozen=True, slots=True)
class Upkeep:
    """Runs on the turns' loop for as long as the process lives."""

    loop: Loop
    runner: Runner
    decisions: Decisions
    database: Database
    retention: Retention
    limits: Limits
    warm_ups: Sequence[Callable[[], Awaitable[None]]]
    tidy_files: Callable[[], None]
    now: Callable[[], datetime]

    async def run(self) -> None:
        """At start and then every so often, until the loop ends: `reap`, and what is to go."""
        often = EXPIRE_SECONDS if self.retention.settings.ttl_seconds else CLEAN_SECONDS
        await asyncio.gather(
            self._warm_up(),
            self._every(REAP_SECONDS, self.reap, pauses=False),
            self._every(often, self.retention.look),
            self._every(EXPIRE_SECONDS, self.retention.look_at_temporary),
            self._every(CLEAN_SECONDS, self.retention.look_at_rules),
            self._every(ENDS_SECONDS, self.retention.look_at_ends),
            self._every(CLEAN_SECONDS, self.limits.forget),
            self._every(EXPIRE_SECONDS, self.tidy_files),
        )

    def reap(self) -> None:
        """Mark answers whose process is gone as interrupted, and start what waits.

        What somebody was asked too long ago is refused. During maintenance nothing is begun.
        """
        with self.database.transaction(even_read_only=True) as db:
            waiting = interrupt(db, is_gone=self._is_gone, now=self.now())
        settle_unpaid(self.limits)
        for key in waiting:
            self.runner.begin_next(key)
        with suppress(ReadOnly):
            self.decisions.refuse_overdue()

    async def _every(
        self, seconds: float, work: Callable[[], None], *, pauses: bool = True
    ) -> None:
        """What failed because of the database is tried again soon: answers may wait for it.

        What ``pauses`` is left out during maintenance.
        """
        while True:
            wait = seconds
            try:
                if not (pauses and self.database.maintenance.is_on):
                    await self.loop.in_thread(work)
            except ReadOnly:
                pass  # it has begun meanwhile
            except StoreError as failure:
                log.warning("%s failed: %s", work.__name__, failure)
                wait = min(seconds, RETRY_SECONDS)
            except Exception:
                log.exception("%s failed", work.__name__)
            await asyncio.sleep(wait)

    def _is_gone(self, writing: Writing) -> bool:
        if writing.owner == self.runner.name:
            turn = self.runner.find(writing.key, writing.message_id)
            return turn is None and writing.silent > writer.SILENT
        return writer.is_gone(writing.owner, writing.silent)

    async def _warm_up(self) -> None:
        works = (warm_up() for warm_up in self.warm_ups)
        for failure in await asyncio.gather(*works, return_exceptions=True):
            if isinstance(failure, Exception):
                log.error("warming up failed", exc_info=failure)
        # What is loaded now stays: later collections need not walk through it again.
        gc.collect()
        gc.freeze()
        # A run of the page leaves some 1,500 objects; looking at them so often was 5 % of it.
        gc.set_threshold(COLLECT_AFTER, *gc.get_threshold()[1:])
