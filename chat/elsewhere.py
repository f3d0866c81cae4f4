"""News of what other processes do on the same database.

Looked for while somebody watches: on SQLite when its files were written, on PostgreSQL each time.
What is compared is the beginning of each watcher's list, and their folders; deep in a long list
nothing is noticed.
"""

import asyncio
import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from chat.loop import Loop
from chat.news import News
from store import folders, sessions
from store.database import Database
from store.errors import StoreError

LOOK_SECONDS = 1.5

log = logging.getLogger("parley.news")


@dataclass(slots=True)
class Elsewhere:
    """What was found last, of everybody who watches."""

    database: Database
    news: News
    _written: object = None
    _known: dict[str, Sequence[object]] = field(default_factory=dict)
    _folders: Mapping[str, Sequence[object]] = field(default_factory=dict)

    async def run(self, loop: Loop) -> None:
        """Look every so often, until the loop ends."""
        while True:
            await asyncio.sleep(LOOK_SECONDS)
            if not self.news.watched:
                self._known, self._folders = {}, {}
                continue
            try:
                await loop.in_thread(self.look)
            except StoreError as failure:
                log.warning("looking for news failed: %s", failure)

    def look(self) -> None:
        """Tell whoever watches that something of theirs has changed, by whomever.

        Also once to whoever is new here: what changed before could not be seen.
        """
        watched, written = self.news.watched, self.database.written()
        is_same = written is not None and written == self._written
        if not watched or (is_same and watched <= self._known.keys()):
            return
        found = {}
        with self.database.reading() as db:
            for user_id in watched:
                found[user_id] = sessions.newest_states(db, user_id=user_id)
            order = folders.looks(db, user_ids=watched)
        told = [user_id for user_id in found if found[user_id] != self._known.get(user_id)]
        ordered = [one for one in order if order[one] != self._folders.get(one, order[one])]
        self._known, self._folders, self._written = found, order, written
        for user_id in told:
            self.news.note(user_id, "session")
        for user_id in ordered:
            self.news.note(user_id, "folder")
