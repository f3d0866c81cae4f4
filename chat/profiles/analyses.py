"""Profile analyses that a door asks for: they go on when whoever asked has left.

What a tool asks for in an answer runs inside of that answer's turn instead; both share runs.
"""

from __future__ import annotations

import asyncio
import logging
import threading
from collections import Counter
from collections.abc import Callable, Coroutine, Mapping
from concurrent.futures import Future
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Protocol, TypeVar

from chat.agent.models.provider import Provider
from chat.config import Settings
from chat.errors import InvalidInput, ParleyError, ToolError
from chat.event_log import EventLog
from chat.events import Done, Error, ProfileEvent, Status
from chat.limits import capped
from chat.profiles.choice import FILE_NAME, choose
from chat.profiles.result import AnalysisResult
from chat.profiles.results import AnalysisParts, SessionProfiles
from chat.profiles.runs import Runs
from chat.web.web import Web
from store import profiles, sessions
from store.database import Database

LIMIT_SECONDS = 300.0
KEEP = timedelta(minutes=1)
FAILURES_OF_SESSION, FAILURES = 5, 300
KNOWN_BEFORE = "This account was analyzed in this chat before."

log = logging.getLogger("parley.analyses")
T = TypeVar("T")


class Loop(Protocol):
    """The turns' loop, seen from a thread."""

    def spawn(self, work: Coroutine[object, object, T]) -> Future[T]:
        """Run a coroutine on it; its concurrent future."""

    async def in_thread(self, function: Callable[..., T], *arguments: object) -> T:
        """On it: run blocking work beside it."""


@dataclass(frozen=True, slots=True)
class AnalysisRequest:
    """What is to be analysed: see `chat.profiles.results.SessionProfiles.analyzed`."""

    source: str
    handle: str
    again: bool = False
    upload: tuple[str, bytes] | None = None


@dataclass(frozen=True, slots=True)
class NewChat:
    """The session that begins with an analysis; ``parameters`` are those of `ModelRequest`."""

    persona: str
    model: str
    parameters: Mapping[str, object]


@dataclass
class Analysis:
    """One of them; its log has `Status`, then `ProfileEvent` or `Error`, then `Done`.

    ``key`` is user, session, and the source and handle that are meant with ``handle``;
    ``failure`` is, for people, why it failed. A file's bytes are not kept here.
    """

    key: tuple[str, str, str, str]
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


class Analyses:
    """Those of one process; methods may be called from any thread."""

    def __init__(
        self,
        database: Database,
        provider: Provider,
        settings: Settings,
        web: Web,
        loop: Loop,
        now: Callable[[], datetime],
    ) -> None:
        runs = Runs(self._forget_failed)
        self._parts = AnalysisParts(database, provider, web, settings, runs, loop.in_thread, now)
        self._loop = loop
        self._lock = threading.Lock()
        self._all: list[Analysis] = []

    def of_session(self, *, user_id: str, session_id: str, model: str) -> SessionProfiles:
        """What tools get; used on the loop only."""
        return SessionProfiles(user_id, session_id, model, self._parts)

    def start(
        self,
        *,
        user_id: str,
        session_id: str,
        wanted: AnalysisRequest,
        new_chat: NewChat | None = None,
    ) -> Analysis:
        """Begin one; with ``new_chat`` in a session that is made with that id unless it is there.

        Raises `SessionNotFound`, `InvalidInput`, and for guests `TooMany`; then nothing is stored.
        """
        try:
            source = FILE_NAME if wanted.upload else wanted.source
            about = choose(wanted.handle, source, self._parts.settings)
        except ToolError as error:
            raise InvalidInput(error.message, error.fix) from error
        with (
            self._parts.database.transaction() as db,
            capped(db, self._parts.settings, user_id=user_id) as caps,
        ):
            if new_chat is not None:
                sessions.create(
                    db,
                    user_id=user_id,
                    session_id=session_id,
                    persona=new_chat.persona,
                    model=new_chat.model,
                    parameters=dict(new_chat.parameters),
                )
            session = sessions.get(db, user_id=user_id, session_id=session_id)
            caps.count_call(session_id=session_id, now=self._parts.now())
        analysis = Analysis((user_id, session_id, *about), wanted.handle)
        self._forget_failed(analysis.key)
        with self._lock:
            self._forget_old()
            self._all.append(analysis)
        mine = self.of_session(user_id=user_id, session_id=session_id, model=session.model)
        self._loop.spawn(self._run(analysis, wanted, mine))
        return analysis

    def of(self, *, user_id: str, session_id: str) -> list[Analysis]:
        """A session's, the oldest first: that run, ended within the last minute, or failed.

        Failures are kept until they are dismissed or the same is asked for again, the newest few.
        """
        with self._lock:
            self._forget_old()
            return [one for one in self._all if one.key[:2] == (user_id, session_id)]

    def dismiss(self, *, user_id: str, session_id: str) -> None:
        """Forget those of a session that are over."""
        self._forget(lambda one: one.log.closed and one.key[:2] == (user_id, session_id))

    def remove(self, *, user_id: str, session_id: str, source: str, handle: str) -> bool:
        """Forget a stored result; whether there was one. Raises `SessionNotFound`."""
        place = {"user_id": user_id, "session_id": session_id}
        with self._parts.database.transaction() as db:
            return profiles.remove(db, **place, source=source, handle=handle)

    async def _run(
        self, analysis: Analysis, wanted: AnalysisRequest, mine: SessionProfiles
    ) -> None:
        told, status = analysis.log, "complete"
        _, session_id, source, _ = analysis.key
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
        analysis.ended = self._parts.now()
        status = "error" if analysis.failure else status
        told.append(Done(session_id, 0, status))
        log.info("analysis session=%s source=%s status=%s", session_id, source, status)

    def _forget_failed(self, key: tuple[str, ...]) -> None:
        """The same is analysed anew, or known by now."""
        self._forget(lambda one: bool(one.failure) and one.key == key[:4])

    def _forget(self, gone: Callable[[Analysis], bool]) -> None:
        with self._lock:
            self._all = [one for one in self._all if not gone(one)]

    def _forget_old(self) -> None:
        """Under the lock."""
        before = self._parts.now() - KEEP
        kept: list[Analysis] = []
        failed: Counter[tuple[str, ...]] = Counter()
        for one in reversed(self._all):
            stays = one.ended is None or one.ended > before
            if one.failure:
                failed[one.key[:2]] += 1
                stays = failed[one.key[:2]] <= FAILURES_OF_SESSION and failed.total() <= FAILURES
            kept += [one] if stays else []
        self._all = kept[::-1]
