"""What goes on beside the turns: answers of ended processes, what is to go, what is to be warm."""

import asyncio
import gc
import logging
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from chat.config import Settings
from chat.limits.spending import Limits
from chat.limits.unpaid import settle_unpaid
from chat.loop import Loop
from chat.turns import writer
from chat.turns.runner import Runner
from store import codes, users
from store.cleanup import PURGE_MAX, purge_old, purge_unused
from store.database import Database
from store.endings import Writing, interrupt
from store.errors import StoreError

REAP_SECONDS, RETRY_SECONDS = 30.0, 5.0
CLEAN_SECONDS = 3600.0
EXPIRE_SECONDS = 60.0
COLLECT_AFTER = 5_000
GUESTS_STAY = timedelta(days=1)

log = logging.getLogger("parley.upkeep")


@dataclass(frozen=True, slots=True)
class Upkeep:
    """Runs on the turns' loop for as long as the process lives."""

    loop: Loop
    runner: Runner
    database: Database
    settings: Settings
    limits: Limits
    warm_ups: Sequence[Callable[[], Awaitable[None]]]
    now: Callable[[], datetime]

    async def run(self) -> None:
        """At start and then every so often, until the loop ends: `reap`, `clean` and `expire`."""
        works = [self._every(REAP_SECONDS, self.reap), self._every(CLEAN_SECONDS, self.clean)]
        if self.settings.ttl_seconds:
            often = min(self.settings.ttl_seconds / 10, EXPIRE_SECONDS)
            works.append(self._every(often, self.expire))
        await asyncio.gather(self._warm_up(), *works)

    def reap(self) -> None:
        """Mark answers whose process is gone as interrupted, and start what waits."""
        with self.database.transaction() as db:
            waiting = interrupt(db, is_gone=self._is_gone, now=self.now())
        settle_unpaid(self.limits)
        for key in waiting:
            self.runner.begin_next(key)

    def clean(self) -> None:
        """Remove for good what lay in the trash for ``trash_days``, old codes, guests who left."""
        now = self.now()
        before = now - timedelta(days=self.settings.trash_days)
        with self.database.transaction() as db:
            purged = purge_old(db, now=now, deleted_before=before)
        with self.database.transaction() as db:
            codes.purge_expired(db, now=now)
            gone = users.remove_stale_guests(db, before=now - GUESTS_STAY)
        self.limits.forget()
        if purged or gone:
            log.info("purged sessions=%s guests=%s", purged, gone)

    def expire(self) -> None:
        """Remove for good the sessions that were not used for ``ttl_seconds``.

        In guest mode those of guests, else everybody's. A few at a time, so that nobody who
        sends meanwhile waits for all of them.
        """
        before = self.now() - timedelta(seconds=self.settings.ttl_seconds or 0)
        only_guests = self.settings.mode.guests
        purged, last = 0, PURGE_MAX
        while last == PURGE_MAX:
            with self.database.transaction() as db:
                last = purge_unused(db, before=before, only_guests=only_guests)
            purged += last
        if purged:
            log.info("expired sessions=%s", purged)

    async def _every(self, seconds: float, work: Callable[[], None]) -> None:
        """What failed because of the database is tried again soon: answers may wait for it."""
        while True:
            wait = seconds
            try:
                await self.loop.in_thread(work)
            except StoreError as failure:
                log.warning("%s failed: %s", work.__name__, failure)
                wait = min(seconds, RETRY_SECONDS)
            except Exception:
                log.exception("%s failed", work.__name__)
            await asyncio.sleep(wait)

    def _is_gone(self, writing: Writing) -> bool:
        if writing.owner == self.runner.name:
            turn = self.runner.find(writing.key, writing.message_id)
            return turn is None and self.now() - writing.seen_at > writer.SILENT
        return writer.is_gone(writing.owner, writing.seen_at, self.now())

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
