"""Backups on a timer: of all processes on a database one takes each, in a process of its own.

That one works at low priority and ends with this one. What it takes, and when the last good backup
was, whoever took it, the database itself knows (`store.backups.state`).
"""

import asyncio
import logging
import os
import sys
from asyncio.subprocess import PIPE, STDOUT, Process
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

from chat.config import Settings
from chat.loop import Loop
from chat.metrics import Metrics
from chat.setting_kinds import ROOT
from store.backups import state
from store.backups.state import BackupState
from store.database import Database
from store.errors import StoreError

LOOK_SECONDS = 60.0
AGAIN_SECONDS = 3600.0
"""So long after one that failed, another one is tried."""
SAID_CHARS = 500

log = logging.getLogger("parley.backups")


@dataclass(slots=True)
class TimedBackups:
    """``known`` is as it was at the last look, at most `LOOK_SECONDS` ago."""

    settings: Settings
    database: Database
    metrics: Metrics
    now: Callable[[], datetime]
    known: BackupState = field(default_factory=BackupState)

    async def run(self, loop: Loop) -> None:
        """Look every so often, until the loop ends; the first one is not taken while it starts."""
        await self._try(loop, self.look)
        while True:
            await asyncio.sleep(LOOK_SECONDS)
            await self._try(loop, self.look)
            if self.settings.backups and await self._try(loop, self.claim):
                await self.take()
                await self._try(loop, self.look)

    def age(self) -> float | None:
        """How many seconds ago the last good one was; None where there is none."""
        good_at = self.known.good_at
        return None if good_at is None else max(0.0, (self.now() - good_at).total_seconds())

    def look(self) -> bool:
        """Read when the last good one was."""
        with self.database.reading() as db:
            self.known = state.read(db)
        self.metrics.backup_was_good(self.known.good_at)
        return True

    def claim(self) -> bool:
        """Whether one is due, and this process has to take it."""
        seconds = self.settings.backup_hours * 3600
        with self.database.transaction(even_read_only=True) as db:
            return state.claim(
                db, now=self.now(), seconds=seconds, again=min(seconds, AGAIN_SECONDS)
            )

    async def take(self) -> None:
        """Take one; the log says how that ended."""
        log.info("backup begins")
        process = await self._started()
        try:
            said, _ = await process.communicate()
        except asyncio.CancelledError:
            process.terminate()
            await process.wait()
            raise
        words = " ".join(said.decode(errors="replace").split())[:SAID_CHARS]
        if process.returncode == 0:
            log.info("backup done: %s", words)
        else:
            log.error("backup failed: %s", words)

    async def _started(self) -> Process:
        settings = self.settings
        kept = ("--keep", str(settings.backups_kept))
        # The address has a password in it, so it is not on the command line.
        environment = os.environ | {
            "PARLEY_DATABASE_URL": settings.database_url,
            "PARLEY_FILES": str(settings.files_folder),
        }
        return await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "store.backup", settings.backups, *kept),
            cwd=ROOT,
            env=environment,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=PIPE,
            stderr=STDOUT,
        )

    async def _try(self, loop: Loop, work: Callable[[], bool]) -> bool:
        """Whether it is so; where the database cannot be used, it is tried again later."""
        try:
            return await loop.in_thread(work)
        except StoreError as failure:
            log.warning("%s failed: %s", work.__name__, failure)
            return False
