"""Profile analyses that a door asks for: they go on when whoever asked has left.

What a tool asks for in an answer runs inside of that answer's turn instead; both share runs.
"""

import asyncio
import logging
import threading
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from chat.agent.models.provider import Provider
from chat.bill import Bill
from chat.errors import InvalidInput, ParleyError, ToolError
from chat.event_log import EventLog
from chat.events import Done, Error, ProfileEvent, Status
from chat.limits.asides import count_asides
from chat.limits.payers import NOWHERE, PeerAddress
from chat.limits.spending import Limits
from chat.limits.terms import USUAL, Terms
from chat.loop import Loop
from chat.news import News
from chat.personas.book import PersonaBook
from chat.profiles.choice import FILE_NAME, choose
from chat.profiles.result import AnalysisResult
from chat.profiles.results import Runs, SessionProfiles
from chat.profiles.source import Means
from store import profiles, sessions
from store.budgets import Charge
from store.database import Database
from store.errors import StoreError
from store.session_values import NewSession
from store.values import SessionKey

LIMIT_SECONDS = 300.0
KEEP = timedelta(minutes=1)
FAILURES_OF_SESSION, FAILURES = 5, 300
KNOWN_BEFORE = "This account was analyzed in this chat before."

log = logging.getLogger("parley.analyses")


@dataclass(frozen=True, slots=True)
class AnalysisRequest:
    """What is to be analysed: see `chat.profiles.results.SessionProfiles.analyzed`."""

    source: str
    handle: str
    again: bool = False
    upload: tuple[str, bytes] | None = None


@dataclass
class Analysis:
    """One of them; its log has `Status`, then `ProfileEvent` or `Error`, then `Done`.

    ``key`` is the session, ``account`` the source and the handle that are meant with ``handle``;
    ``failure`` is, for people, why it failed. A file's bytes are not kept here.
    """

    key: SessionKey
    account: tuple[str, str]
    handle: str
    log: EventLog = field(default_factory=EventLog)
    failure: str = ""
    ended: datetime | None = None

    @property
    def line(self) -> str:
        """Where it is, for people."""
        said = [event.content for event in self.log.after(0) if isinstance(event, Status)]
        return said[-1] if said else "Beginning…"

    @property
    def result(self) -> AnalysisResult | None:
        """What came of it; None unless it is complete."""
        found = [event.result for event in self.log.after(0) if isinstance(event, ProfileEvent)]
        return found[-1] if found else None

    def fail(self, code: str, text: str) -> None:
        """Tell that it did not come to anything, and why."""
        self.failure = text
        self.log.append(Error(code, text, retryable=True))


@dataclass(eq=False)
class Analyses:
    """Those of one process; methods may be called from any thread."""

    database: Database
    provider: Provider
    means: Means
    loop: Loop
    limits: Limits
    personas: PersonaBook
    news: News
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _all: list[Analysis] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._runs = Runs(self.database, self.provider, self.means, self._forget_failed)

    def of_session(
        self, key: SessionKey, model: str, terms: Terms = USUAL, bill: Bill | None = None
    ) -> SessionProfiles:
        """What tools get; used on the loop only."""
        return SessionProfiles(key, model, self._runs, terms, bill or Bill())

    def start(
        self,
        key: SessionKey,
        wanted: AnalysisRequest,
        *,
        new: NewSession | None = None,
        address: PeerAddress = NOWHERE,
    ) -> Analysis:
        """Begin one; with ``new`` in a session that is made with that id unless it is there.

        ``address`` is where it is asked from. Raises `SessionNotFound`, `InvalidInput`, and
        `TooMany`; then nothing is stored.
        """
        try:
            source = FILE_NAME if wanted.upload else wanted.source
            about = choose(wanted.handle, source, self.means.settings)
        except ToolError as error:
            raise InvalidInput(error.message, error.fix) from error
        with self.limits.spending(key.user_id, address) as may:
            if new is not None:
                self.personas.create_session(may, key, new)
            session = sessions.get(may.db, key)
            size = len(wanted.upload[1]) if wanted.upload else 0
            charge = may.ask_model(key, file_bytes=size)
            terms = self.limits.terms_of(charge)
        analysis = Analysis(key, about, wanted.handle)
        self._forget_failed(_names(analysis))
        with self._lock:
            self._forget_old()
            self._all.append(analysis)
        mine = self.of_session(key, session.model, terms)
        self.loop.spawn(self._run(analysis, wanted, mine, charge))
        self.news.note(key.user_id, "profile", key.session_id)
        return analysis

    def of(self, key: SessionKey) -> list[Analysis]:
        """A session's, the oldest first: that run, ended within the last minute, or failed.

        Failures are kept until they are dismissed or the same is asked for again, the newest few.
        """
        with self._lock:
            self._forget_old()
            return [one for one in self._all if one.key == key]

    def dismiss(self, key: SessionKey) -> None:
        """Forget those of a session that are over."""
        self._forget(lambda one: one.log.closed and one.key == key)

    def remove(self, key: SessionKey, *, source: str, handle: str) -> bool:
        """Forget a stored result; whether there was one. Raises `SessionNotFound`."""
        with self.database.transaction() as db:
            removed = profiles.remove(db, key, source=source, handle=handle)
        self.news.note(key.user_id, "profile", key.session_id)
        return removed

    async def _run(
        self,
        analysis: Analysis,
        wanted: AnalysisRequest,
        mine: SessionProfiles,
        charge: Charge | None,
    ) -> None:
        told, status = analysis.log, "complete"
        session_id, source = analysis.key.session_id, analysis.account[0]
        try:
            async with asyncio.timeout(LIMIT_SECONDS):
                result = await mine.analyzed(
                    wanted.source,
                    wanted.handle,
                    again=wanted.again,
                    status=lambda line: told.append(Status(line)),
                    upload=wanted.upload,
                )
            if not told.count:
                told.append(Status(KNOWN_BEFORE))
            told.append(ProfileEvent(result))
        except asyncio.CancelledError:
            status = "interrupted"
        except TimeoutError:
            text = f"The analysis took longer than {LIMIT_SECONDS:.0f} seconds. Try it again."
            analysis.fail("timeout", text)
        except ParleyError as failure:
            analysis.fail(failure.code, str(failure))
        except Exception:
            log.exception("analysis failed session=%s", session_id)
            text = "Something went wrong inside Parley; the server's log says more."
            analysis.fail("internal", text)
        await self._settle(analysis.key, charge, mine.bill)
        analysis.ended = self.means.now()
        status = "error" if analysis.failure else status
        told.append(Done(session_id, 0, status))
        self.news.note(analysis.key.user_id, "profile", session_id)
        log.info("analysis session=%s source=%s status=%s", session_id, source, status)

    async def _settle(self, key: SessionKey, charge: Charge | None, bill: Bill) -> None:
        def settle() -> None:
            with self.database.transaction(even_read_only=True) as db:
                count_asides(db, key, bill, now=self.means.now())
                self.limits.settle(db, charge, bill)

        if charge is None and not bill.asides:
            return
        try:
            await self.loop.in_thread(settle)
        except StoreError as failure:  # upkeep lets go of it
            log.warning("analysis not counted: %s", failure)

    def _forget_failed(self, names: tuple[str, ...]) -> None:
        """The same is analysed anew, or known by now."""
        self._forget(lambda one: bool(one.failure) and _names(one) == names[:4])

    def _forget(self, gone: Callable[[Analysis], bool]) -> None:
        with self._lock:
            self._all = [one for one in self._all if not gone(one)]

    def _forget_old(self) -> None:
        """Under the lock."""
        before = self.means.now() - KEEP
        kept: list[Analysis] = []
        failed: Counter[SessionKey] = Counter()
        for one in reversed(self._all):
            stays = one.ended is None or one.ended > before
            if one.failure:
                failed[one.key] += 1
                stays = failed[one.key] <= FAILURES_OF_SESSION and failed.total() <= FAILURES
            kept += [one] if stays else []
        self._all = kept[::-1]


def _names(analysis: Analysis) -> tuple[str, str, str, str]:
    """As `Runs` calls it."""
    return analysis.key.user_id, analysis.key.session_id, *analysis.account
