"""What is removed for good because its time is over, and when: a clock can be wrong.

Nothing goes because of one look at the clock: it has to be due at two looks an hour of real
running apart, and at all between. A chat that expired goes into the trash first and is due there
anew: one that was unused for as long as chats live here (`Settings.session_ttl`) for another hour,
one that somebody gave an end stays there as long as any other, and so goes there within a minute of
its end, after two looks half a minute apart. Pinned ones have no end of their own, but go when
unused as well: that is what guests are told. What the rules of whoever runs this place let go
(`store.unused`) goes into the trash after an hour, and stays there as long as any other. Where more
than a fifth of all chats come due at once, they wait for a day, and the log says so. Temporary
chats go without the trash, an hour after they were last used, by a clock that nobody sets. What was
seen is forgotten with the process: the hour begins again.
"""

import logging
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from chat.config import Settings
from chat.news import News
from store import all_files, cleanup, codes, retention_rules, unused, users
from store.all_files import FilePlace
from store.cleanup import Due
from store.database import Database
from store.unused import UnusedChat
from store.values import SessionKey

WAIT_SECONDS, LONG_WAIT_SECONDS = 3600.0, 86_400.0
ENDS_SECONDS = 30.0
"""How often it is looked for chats that have an end."""
AT_ONCE, FEW = 0.2, 20
"""More than this part of all chats, and than a few, come due at once only by a wrong clock."""
GUESTS_STAY = timedelta(days=1)
UNATTACHED_STAY = timedelta(days=1)
"""What was attached to a draft that was never sent."""
PARTS_AT_ONCE, FILES_AT_ONCE = 5, 500
"""So many parts of all files are looked at each time, and so many are forgotten at once."""

log = logging.getLogger("parley.upkeep")


@dataclass(slots=True)
class _Waits:
    """What is due, and until when it has to be due at each look before it may go."""

    seconds: float
    until: dict[Due, float] = field(default_factory=dict)

    def ready(self, due: list[Due], now: float, count: Callable[[], int]) -> list[Due]:
        """Which of them may go; ``count`` is how many chats there are."""
        new = {one.key for one in due if one not in self.until}
        wait = self.seconds
        if len(new) > FEW and len(new) > AT_ONCE * (chats := count()):
            wait = LONG_WAIT_SECONDS
            log.warning(
                "%s of %s chats came due at once, and stay for a day: is the clock right?",
                len(new),
                chats,
            )
        until = {one: self.until.get(one, now + wait) for one in due}
        self.until = {one: then for one, then in until.items() if then > now}
        return [one for one in due if until[one] <= now]


@dataclass(slots=True)
class Retention:
    """Looks again and again; ``clock`` are seconds that nobody sets."""

    database: Database
    settings: Settings
    news: News
    now: Callable[[], datetime]
    clock: Callable[[], float] = time.monotonic
    _due: _Waits = field(default_factory=lambda: _Waits(WAIT_SECONDS))
    _ended: _Waits = field(default_factory=lambda: _Waits(ENDS_SECONDS))
    _ruled: _Waits = field(default_factory=lambda: _Waits(WAIT_SECONDS))
    _left: dict[tuple[SessionKey, int], float] = field(default_factory=dict)
    _place: FilePlace | None = None
    _looks: list[tuple[float, datetime]] = field(default_factory=list)

    def look(self) -> None:
        """Remove what was due all the while, and note what else is due by now."""
        now, seconds = self.now(), self.clock()
        with self.database.reading() as db:
            due = cleanup.due(
                db,
                deleted_before=now - timedelta(days=self.settings.trash_days),
                unused_before=self._unused_before(now),
                only_guests=self.settings.mode.guests,
            )
        self._remove(self._due.ready(due, seconds, self._count), now)
        self._remove_the_rest(now, seconds)

    def look_at_ends(self) -> None:
        """Put chats whose end is over into the trash."""
        now, seconds = self.now(), self.clock()
        with self.database.reading() as db:
            ended = cleanup.ended(db, now=now)
        self._remove(self._ended.ready(ended, seconds, self._count), now)

    def look_at_temporary(self) -> None:
        """Remove temporary chats that have stayed as they are for an hour."""
        seconds = self.clock()
        with self.database.reading() as db:
            found = cleanup.temporary(db)
        self._left = {one: self._left.get(one, seconds) for one in found}
        for (key, version), since in self._left.items():
            if seconds - since >= WAIT_SECONDS:
                with self.database.transaction() as db:
                    cleanup.remove_temporary(db, key, version=version)
                self._tell({key})

    def look_at_rules(self) -> None:
        """Put into the trash what the rules that are on have let go all the while.

        Where nobody has an account there is no administrator who could switch them off.
        """
        now, seconds = self.now(), self.clock()
        going: list[UnusedChat] = []
        if self.settings.mode.accounts:
            with self.database.reading() as db:
                going = unused.found(db, retention_rules.in_force(db), now=now)
        due = {Due(one.key, None): one for one in going}
        self.trash_unused([due[one] for one in self._ruled.ready(list(due), seconds, self._count)])

    def trash_unused(self, these: Sequence[UnusedChat], *, off: bool = False) -> int:
        """Put into the trash those of these that still go, see `store.unused.trash`; how many."""
        count = 0
        for start in range(0, len(these), cleanup.PURGE_MAX):
            part = these[start : start + cleanup.PURGE_MAX]
            with self.database.transaction() as db:
                gone = unused.trash(db, part, off=off, now=self.now())
            if gone:
                log.info("unused sessions=%s", len(gone))
                self._tell(gone)
            count += len(gone)
        return count

    def _remove(self, ready: list[Due], now: datetime) -> None:
        for start in range(0, len(ready), cleanup.PURGE_MAX):
            part = ready[start : start + cleanup.PURGE_MAX]
            with self.database.transaction() as db:
                trashed, purged = cleanup.remove_due(db, part, now=now)
            if trashed or purged:
                log.info("expired sessions=%s purged sessions=%s", trashed, purged)
                self._tell({one.key for one in part})

    def _count(self) -> int:
        with self.database.reading() as db:
            return cleanup.count_sessions(db)

    def _remove_the_rest(self, now: datetime, seconds: float) -> None:
        """Old codes, logins that ended, and guests who left, by the earliest time of an hour."""
        self._looks.append((seconds, now))
        before = [at for at, _ in self._looks if at <= seconds - WAIT_SECONDS]
        if not before:
            return
        self._looks = [look for look in self._looks if look[0] >= before[-1]]
        settled = min(then for _, then in self._looks)
        with self.database.transaction() as db:
            codes.purge_expired(db, now=settled)
            gone = users.remove_stale_guests(db, before=settled - GUESTS_STAY)
            latest = max(then for _, then in self._looks)
            users.bring_back_log_outs(db, after=latest, now=now)
        if gone:
            log.info("removed guests=%s", gone)
        self._forget_unattached(settled - UNATTACHED_STAY)
        if self.settings.inactive_days is not None:
            before_that = settled - timedelta(days=self.settings.inactive_days)
            self._set_inactive(before_that)

    def _forget_unattached(self, before: datetime) -> None:
        """Look at the next files, and go on there at the next look: no index knows which they are.

        Written is only where there is one, so that nobody waits for a look at those that stay.
        """
        for _ in range(PARTS_AT_ONCE):
            with self.database.reading() as db:
                found, self._place = all_files.unattached(db, before=before, after=self._place)
            for start in range(0, len(found), FILES_AT_ONCE):
                with self.database.transaction() as db:
                    all_files.forget(db, found[start : start + FILES_AT_ONCE], before=before)
            if self._place is None:
                break

    def _set_inactive(self, unused_before: datetime) -> None:
        done = cleanup.PURGE_MAX
        while done == cleanup.PURGE_MAX:
            with self.database.transaction() as db:
                done = cleanup.set_inactive(db, unused_before=unused_before)

    def _tell(self, keys: Iterable[SessionKey]) -> None:
        for key in keys:
            self.news.note(key.user_id, "session", key.session_id)

    def _unused_before(self, now: datetime) -> datetime | None:
        seconds = self.settings.ttl_seconds
        return None if seconds is None else now - timedelta(seconds=seconds)
