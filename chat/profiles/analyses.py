"""Profile analyses that a door asks for: they go on when whoever asked has left.

What a tool asks for in an answer runs inside of that answer's turn instead; both share runs.
"""

from __future__ import annotations

import asyncio
import logging
import threading
import time
from collections.abc import Callable, Coroutine
from concurrent.futures import Future
from dataclasses import dataclass, field
from datetime import datetime
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
from store import sessions
from store.database import Database

LIMIT_SECONDS = 300.0
KEEP_SECONDS = 60.0
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


@dataclass
class Analysis:
    """One of them; its log has `Status`, then `ProfileEvent` or `Error`, then `Done`."""

    user_id: str
    session_id: str
    wanted: AnalysisRequest
    log: EventLog = field(default_factory=EventLog)
    ended: float | None = None

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

    @property
    def failure(self) -> str:
        """Why it failed, for people; empty unless it did."""
        failures = [event for event in self.log.after(0) if isinstance(event, Error)]
        return failures[-1].message if failures else ""


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
        self._parts = AnalysisParts(database, provider, web, settings, Runs(), loop.in_thread, now)
        self._loop = loop
        self._lock = threading.Lock()
        self._all: list[Analysis] = []

    def of_session(self, *, user_id: str, session_id: str, model: str) -> SessionProfiles:
        """What tools get; used on the loop only."""
        return SessionProfiles(user_id, session_id, model, self._parts)

    def start(self, *, user_id: str, session_id: str, wanted: AnalysisRequest) -> Analysis:
        """Begin one; raises `SessionNotFound`, `InvalidInput`, and for guests `TooMany`."""
        source = FILE_NAME if wanted.upload else wanted.source
        try:
            choose(wanted.handle, source, self._parts.settings)
        except ToolError as error:
            raise InvalidInput(error.message, error.fix) from error
        with (
            self._parts.database.transaction() as db,
            capped(db, self._parts.settings, user_id=user_id) as caps,
        ):
            session = sessions.get(db, user_id=user_id, session_id=session_id)
            caps.count_call(session_id=session_id, now=self._parts.now())
        analysis = Analysis(user_id, session_id, wanted)
        with self._lock:
            self._forget_old()
            self._all.append(analysis)
        profiles = self.of_session(user_id=user_id, session_id=session_id, model=session.model)
        self._loop.spawn(self._run(analysis, profiles))
        return analysis

    def of(self, *, user_id: str, session_id: str) -> list[Analysis]:
        """A session's that run or ended within the last minute, the oldest first."""
        with self._lock:
            self._forget_old()
            found = list(self._all)
        return [one for one in found if (one.user_id, one.session_id) == (user_id, session_id)]

    def dismiss(self, *, user_id: str, session_id: str) -> None:
        """Forget those of a session that are over."""
        over = [one for one in self.of(user_id=user_id, session_id=session_id) if one.log.closed]
        with self._lock:
            self._all = [one for one in self._all if one not in over]

    async def _run(self, analysis: Analysis, profiles: SessionProfiles) -> None:
        told, wanted = analysis.log, analysis.wanted
        status = "complete"
        try:
            async with asyncio.timeout(LIMIT_SECONDS):
                result = await profiles.analyzed(
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
            status = "error"
            text = f"The analysis took longer than {LIMIT_SECONDS:.0f} seconds. Try it again."
            told.append(Error("timeout", text, retryable=True))
        except ParleyError as failure:
            status = "error"
            told.append(Error(failure.code, str(failure), retryable=True))
        except Exception:
            log.exception("analysis failed session=%s", analysis.session_id)
            status = "error"
            text = "Something went wrong inside Parley; the server's log says more."
            told.append(Error("internal", text, retryable=True))
        analysis.ended = time.monotonic()
        told.append(Done(analysis.session_id, 0, status))
        log.info("analysis session=%s source=%s status=%s", *_about(analysis), status)

    def _forget_old(self) -> None:
        before = time.monotonic() - KEEP_SECONDS
        self._all = [one for one in self._all if one.ended is None or one.ended > before]


def _about(analysis: Analysis) -> tuple[str, str]:
    return analysis.session_id, analysis.wanted.source or "found"
