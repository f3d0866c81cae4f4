"""Files of chats that come in: looked at first, then read by a thread beside all others.

How far it is stands in the database, for whoever looks from wherever. A process that ends leaves
what came in by then; the same file again adds the rest.
"""

import logging
import threading
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field

from chat.config import Settings
from chat.errors import TooMany
from chat.limits.spending import Limits, Spending
from chat.news import News
from chat.personas.book import PersonaBook
from chat.transfer import apart, sources
from chat.transfer.arriving_parts import ArrivingParts
from chat.transfer.spool import Spool, Spools
from chat.transfer.tables import Table
from store import imports, known_chats, unused, users
from store.arrivals import Arriving
from store.carried import CarriedSession
from store.database import Database
from store.errors import ParleyError, StoreError
from store.imports import Import, ImportState
from store.intake import NEVER, IntakeTerms, Opened, Tally, counted
from store.types import utc_now
from store.values import OwnPersona

AT_ONCE = 2
"""Imports of one process."""
REST = 0.1
"""After each transaction others have the process for so long, as a part of what it took; where none
used the database meanwhile, there is nobody to wait for."""
NOTE_SECONDS = 1.0
LOOK_SECONDS = 10.0
"""So long somebody waits while as many as may be at once look at their files."""

log = logging.getLogger("parley.imports")


@dataclass(frozen=True, slots=True)
class Preview:
    """What a file would bring; ``table`` of one that is flat, to be shown and changed."""

    import_id: str
    kind: str
    count: Tally
    table: Table | None


class Ended(Exception):
    """It is to end."""


@dataclass(eq=False)
class Imports:
    """Those of one process; without ``parts`` no files and no results come in."""

    settings: Settings
    database: Database
    limits: Limits
    personas: PersonaBook
    news: News
    spools: Spools
    parts: ArrivingParts | None = None
    _threads: dict[str, threading.Thread] = field(default_factory=dict)
    _looking: threading.Semaphore = field(default_factory=lambda: threading.Semaphore(AT_ONCE))
    _closing: threading.Event = field(default_factory=threading.Event)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def preview(self, spool: Spool, mapping: Mapping[str, str] | None = None) -> Preview:
        """Read all of a file, and keep only the file; raises `Refused` or `TooMany`."""
        terms = self._terms(spool.user_id)
        spool.take()
        try:
            if not self._looking.acquire(timeout=LOOK_SECONDS):
                raise TooMany("Others import now.", "Try again in a minute.", retry_after=30)
            try:
                return self._preview(spool, mapping, terms)
            finally:
                self._looking.release()
        finally:
            spool.leave()

    def _preview(
        self, spool: Spool, mapping: Mapping[str, str] | None, terms: IntakeTerms
    ) -> Preview:
        with sources.opened(spool.file, mapping, most=spool.most) as source:
            count = counted(source.pieces(), terms, lambda chats: self._known(spool.user_id, chats))
            spool.mapping, spool.total = dict(mapping or {}), count.total
            self.spools.hold(spool)
            spool.preview = Preview(spool.id, source.kind, count, source.table)
            return spool.preview

    def preview_again(self, user_id: str, import_id: str, mapping: Mapping[str, str]) -> Preview:
        """The same with other columns; raises `Refused` or `UploadNotFound`."""
        return self.preview(self.spools.held(user_id, import_id), mapping)

    def waiting(self, user_id: str, import_id: str) -> Preview | None:
        """What was found in a file that waits; None where there is none of theirs."""
        with suppress(ParleyError):
            found = self.spools.held(user_id, import_id).preview
            return found if isinstance(found, Preview) else None
        return None

    def start_held(self, user_id: str, import_id: str) -> str:
        """Begin with a file that was looked at; raises `UploadNotFound`, else as `start`."""
        return self.start(self.spools.held(user_id, import_id))

    def start(self, spool: Spool) -> str:
        """Begin to read a file in the background; the import's id.

        The file goes when that ends. Raises `Refused`, `Conflict` or `TooMany`.
        """
        spool.take()
        try:
            return self._begin(spool)
        except BaseException:
            spool.leave()
            raise

    def _begin(self, spool: Spool) -> str:
        if spool.preview is None:  # else it is known to be a file of chats
            with sources.opened(spool.file, spool.mapping, most=spool.most):
                pass
        with self._lock:
            self._threads = {id_: one for id_, one in self._threads.items() if one.is_alive()}
            if len(self._threads) >= AT_ONCE or self._closing.is_set():
                raise TooMany("Others import now.", "Try again in a few minutes.", retry_after=60)
            with self.limits.spending(spool.user_id) as may:
                may.add_file(spool.size)
                import_id = imports.begin(may.db, user_id=spool.user_id, total=spool.total)
            spool.is_used = True
            thread = threading.Thread(
                target=self._run, args=(spool, import_id), name="parley-import", daemon=True
            )
            self._threads[import_id] = thread
        thread.start()
        return import_id

    def get(self, user_id: str, import_id: str) -> Import:
        """How far one is; raises `ImportNotFound`."""
        with self.database.reading() as db:
            return imports.get(db, user_id=user_id, import_id=import_id)

    def newest(self, user_id: str) -> Import | None:
        """Somebody's last one."""
        with self.database.reading() as db:
            return imports.newest(db, user_id=user_id)

    def cancel(self, user_id: str, import_id: str) -> Import:
        """Have one end soon; what came in stays. Raises `ImportNotFound`."""
        with suppress(ParleyError):
            self.spools.close(self.spools.held(user_id, import_id))
        with self.database.transaction() as db:
            return imports.cancel(db, user_id=user_id, import_id=import_id)

    def discard(self, user_id: str, import_id: str) -> None:
        """Let a file go that was only looked at."""
        with suppress(ParleyError):
            self.spools.close(self.spools.held(user_id, import_id))

    def close(self) -> None:
        """End all of them soon; they are left as interrupted."""
        self._closing.set()
        for thread in list(self._threads.values()):
            thread.join(10)
        self.spools.close_all()

    def _run(self, spool: Spool, import_id: str) -> None:
        reading = _BeingRead(self, spool, import_id)
        state, error = reading.read_all()
        self.spools.close(spool)  # before it is said to be over: the next file may come
        try:
            with self.database.transaction(even_read_only=True) as db:
                imports.end(
                    db,
                    user_id=spool.user_id,
                    import_id=import_id,
                    state=state,
                    done=reading.count.total,
                    count=reading.count,
                    kind=reading.kind,
                    error=error,
                )
        except StoreError as failure:
            log.warning("import not noted: %s", failure)
        self.news.note(spool.user_id, "folder")
        self.news.note(spool.user_id, "session")
        count = reading.count
        counts = (state, count.added, count.unchanged, count.skipped_count, spool.user_id)
        log.info("import state=%s added=%s unchanged=%s skipped=%s user=%s", *counts)

    def _terms(self, user_id: str, paid: int = 0) -> IntakeTerms:
        settings, most = self.settings, self.settings.message_max_chars
        with self.database.reading() as db:
            is_guest = users.get(db, user_id=user_id).role == "guest"
            soon = unused.goes_before(db, now=utc_now()) if settings.mode.accounts else NEVER
        goes = settings.ttl_seconds is not None and (is_guest or not settings.mode.guests)
        return IntakeTerms(
            max_chars=min(most, settings.guest_message_max_chars) if is_guest else most,
            unused_before=(utc_now(), utc_now()) if goes else soon,
            model=self._model,
            persona=self._persona,
            prompt=self._prompt,
            counts_chats=is_guest,
            **(self.parts.of(user_id, paid) if self.parts else {}),
        )

    def _known(self, user_id: str, chats: Sequence[CarriedSession]) -> int:
        with self.database.reading() as db:
            return known_chats.count(db, user_id, chats)

    def _model(self, may: Opened, model: str) -> str:
        """The default one, where it is not for them."""
        with suppress(ParleyError):
            assert isinstance(may, Spending)
            may.check_model(model)
            return model
        return ""

    def _prompt(self, may: Opened, prompt: str) -> None:
        assert isinstance(may, Spending)
        may.check_prompt(prompt)

    def _persona(self, may: Opened, persona: OwnPersona) -> OwnPersona:
        assert isinstance(may, Spending)
        return self.personas.checked(may, persona)


class _BeingRead:
    """One file being read."""

    def __init__(self, of: Imports, spool: Spool, import_id: str) -> None:
        self._of, self._spool, self._id = of, spool, import_id
        self._noted = time.monotonic()
        self._began = self._noted
        self._uses = 0
        self.count = Tally()
        self.kind = ""

    def read_all(self) -> tuple[ImportState, str]:
        """How it ended, and what went wrong."""
        of, spool = self._of, self._spool
        try:
            terms = of._terms(spool.user_id, spool.size)
            self._uses = of.database.uses
            arriving = Arriving(
                spool.user_id, lambda: of.limits.spending(spool.user_id), terms, self._note
            )
            self.count = arriving.count
            with apart.read(spool, self._waiting) as parts:
                for part in parts:
                    self.kind = part.kind
                    for piece in part.pieces:
                        arriving.take(piece)
                arriving.finish()
        except Ended:
            return ("interrupted" if of._closing.is_set() else "cancelled"), ""
        except ParleyError as error:
            return "failed", str(error)
        except Exception:
            log.exception("import failed user=%s", spool.user_id)
            return "failed", "Something went wrong inside Parley; the server's log says more."
        return "done", ""

    def _note(self, count: Tally) -> None:
        """After each transaction; others have their turn, and it may be told to end."""
        now = time.monotonic()
        others = self._of.database.uses - self._uses > 1
        if self._of._closing.wait((now - self._began) * REST if others else 0):
            raise Ended
        self._tell(count)
        self._began, self._uses = time.monotonic(), self._of.database.uses

    def _waiting(self) -> None:
        """While the file is read elsewhere and nothing of it comes."""
        if self._of._closing.is_set():
            raise Ended
        self._tell(self.count)

    def _tell(self, count: Tally) -> None:
        now = time.monotonic()
        if now - self._noted >= NOTE_SECONDS:
            self._noted = now
            with self._of.database.transaction() as db:
                goes_on = imports.note(
                    db,
                    user_id=self._spool.user_id,
                    import_id=self._id,
                    done=count.total,
                    count=count,
                )
            self._uses += 1
            if not goes_on:
                raise Ended
