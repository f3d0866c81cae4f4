"""What goes on beside the turns: answers of ended processes, old trash, the model client."""

from __future__ import annotations

import asyncio
import gc
import logging
import time
from collections.abc import Callable
from datetime import datetime, timedelta

from chat import owner
from chat.agent.provider import Provider
from chat.config import Settings
from chat.runner import Runner
from store.cleanup import purge_old
from store.database import Database
from store.endings import Writing, interrupt
from store.errors import StoreError

REAP_SECONDS = 30.0
CLEAN_SECONDS = 3600.0

log = logging.getLogger("parley.upkeep")


class Upkeep:
    """Runs on the turns' loop for as long as the process lives."""

    def __init__(
        self,
        database: Database,
        provider: Provider,
        settings: Settings,
        runner: Runner,
        name: str,
        start_next: Callable[[str, str], None],
        now: Callable[[], datetime],
    ) -> None:
        self._database = database
        self._provider = provider
        self._settings = settings
        self._runner = runner
        self._name = name
        self._start_next = start_next
        self._now = now

    async def run(self) -> None:
        """At start and every 30 s: `reap`; at start and every hour: `clean`."""
        warming = asyncio.create_task(self._warm_up())
        cleaned = -CLEAN_SECONDS
        while True:
            try:
                await self._runner.in_thread(self.reap)
                if time.monotonic() - cleaned >= CLEAN_SECONDS:
                    await self._runner.in_thread(self.clean)
                    cleaned = time.monotonic()
            except StoreError as failure:
                log.warning("looking after stored answers failed: %s", failure)
            except Exception:
                log.exception("looking after stored answers failed")
            await asyncio.gather(warming, asyncio.sleep(REAP_SECONDS))

    def reap(self) -> None:
        """Mark answers whose process is gone as interrupted, and start what waits."""
        with self._database.transaction() as db:
            waiting = interrupt(db, is_gone=self._is_gone, now=self._now())
        for user_id, session_id in waiting:
            self._start_next(user_id, session_id)

    def clean(self) -> None:
        """Remove for good what expired or lay in the trash for ``trash_days``."""
        now = self._now()
        before = now - timedelta(days=self._settings.trash_days)
        with self._database.transaction() as db:
            purged = purge_old(db, now=now, deleted_before=before)
        if purged:
            log.info("purged sessions=%s", purged)

    def _is_gone(self, writing: Writing) -> bool:
        if writing.owner == self._name:
            turn = self._runner.find(writing.user_id, writing.session_id, writing.message_id)
            return turn is None and self._now() - writing.seen_at > owner.SILENT
        return owner.is_gone(writing.owner, writing.seen_at, self._now())

    async def _warm_up(self) -> None:
        try:
            await self._provider.warm_up()
        except Exception:
            log.exception("warming up the model client failed")
        # What is loaded now stays: later collections need not walk through it again.
        gc.collect()
        gc.freeze()
