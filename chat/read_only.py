"""Read-only mode: nothing of people's is written, in all processes on the database.

`store.database` refuses what people want to write; here is looked for whether it does. What is read
goes on, answers that run are finished and stored, and those that wait begin when it has ended.
"""

import asyncio
import logging
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

from chat.loop import Loop
from chat.metrics import Metrics
from chat.news import News
from chat.people.identity import Identity, check_admin
from store import maintenance
from store.database import Database
from store.errors import StoreError
from store.maintenance import Maintenance

LOOK_SECONDS = 1.0

log = logging.getLogger("parley.maintenance")


@dataclass(eq=False)
class ReadOnlyMode:
    """As it was at the last look, at most about `LOOK_SECONDS` ago; the first one is made here."""

    database: Database
    news: News
    metrics: Metrics
    now: Callable[[], datetime]
    _text: str | None = ""
    _written: object = None
    _settled: bool = False
    _ends: int = 0
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def __post_init__(self) -> None:
        """Before anybody is let in."""
        self.metrics.is_read_only(self.state.is_on)
        self.look()

    @property
    def state(self) -> Maintenance:
        """Whether it is on, and what people are told."""
        return self.database.maintenance

    def switch(self, by: Identity, *, on: bool, line: str = "") -> None:
        """Begin it, give it another line, or end it; for administrators.

        Raises `Refused` for a line that is too long.
        """
        check_admin(by)
        with self._lock:
            with self.database.transaction(even_read_only=True) as db:
                found = maintenance.switch(db, on=on, line=line, now=self.now())
            self._text, self._settled = None, False
            self._be(found)

    async def run(self, loop: Loop, ended: Callable[[], None]) -> None:
        """Look every so often, until the loop ends; call ``ended`` whenever it is over."""
        seen = self._ends
        while True:
            await asyncio.sleep(LOOK_SECONDS)
            try:
                await loop.in_thread(self.look)
                if (ends := self._ends) != seen:
                    await loop.in_thread(ended)
                    seen = ends
            except StoreError:  # whoever uses the database says so
                continue
            except Exception:
                log.exception("looking for maintenance failed")

    def look(self) -> None:
        """Read it, unless nobody has written; once more than that, for clocks of files are rough.

        What is damaged is read, and said, once.
        """
        with self._lock:
            written = self.database.written()
            is_same = written is not None and written == self._written
            if is_same and self._settled:
                return
            with self.database.reading() as db:
                text = maintenance.text_of(db)
            self._written, self._settled = written, is_same
            if text != self._text:
                self._text = text
                self._be(maintenance.parsed(text))

    def _be(self, found: Maintenance) -> None:
        before, self.database.maintenance = self.database.maintenance, found
        if found == before:
            return
        if found.is_on:
            log.warning("read only from now on: %s", found.line or "no line for people")
        else:
            self._ends += 1
            log.warning("read only no more")
        self.metrics.is_read_only(found.is_on)
        self.news.note_for_all("maintenance")
