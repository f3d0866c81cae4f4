"""The analysis results of one session: read from the store, made and stored when they are missing.

Belongs to the turns' loop, as `Runs` does, of which a process has one.
"""

from __future__ import annotations

import hashlib
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Protocol, TypeVar

from chat.agent.models.provider import Provider
from chat.config import Settings
from chat.errors import ToolError
from chat.profiles.analysis import analyze
from chat.profiles.choice import FILE_NAME, choose, shown
from chat.profiles.handles import called
from chat.profiles.result import AnalysisResult, read_result
from chat.profiles.runs import Runs, Tell
from chat.profiles.source import Means
from chat.profiles.summary import enclosed, summarized
from chat.web.web import Web
from store import profiles
from store.database import Database, Session
from store.errors import SessionNotFound, StoreError
from store.values import SessionKey, StoredProfile

PROMPT_CHARS = 6_000
PROMPT_PROFILES = 8
ABOUT = (
    "Results of earlier profile analyses in this chat. Answer follow-up questions from them, "
    "without analyzing again unless the user asks for it."
)

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class KeptResult:
    """A stored result, and when it was stored."""

    result: AnalysisResult
    created_at: datetime


class InThread(Protocol):
    """Runs blocking work off the loop."""

    def __call__(self, function: Callable[[], T], /) -> Awaitable[T]:
        """What the function gives."""


@dataclass(frozen=True, slots=True)
class AnalysisParts:
    """What all analyses of a process work with."""

    database: Database
    provider: Provider
    web: Web
    settings: Settings
    runs: Runs
    in_thread: InThread
    now: Callable[[], datetime]


@dataclass(frozen=True, slots=True)
class SessionProfiles:
    """`chat.agent.toolkit.Profiles` of one session.

    ``model`` may be empty, then the endpoint's default reads the posts.
    """

    key: SessionKey
    model: str
    parts: AnalysisParts

    async def analyzed(
        self,
        source: str,
        handle: str,
        *,
        again: bool,
        status: Tell,
        upload: tuple[str, bytes] | None = None,
    ) -> AnalysisResult:
        """See `Profiles`; ``upload``, a file's name and bytes, is analyzed in any case."""
        place, name = choose(handle, FILE_NAME if upload else source, self.parts.settings)
        known = await self._stored(lambda: self._find(place if source else "", handle, name))
        if known is not None and not again and upload is None:
            return known
        if known is not None and again and not source and known.source != FILE_NAME:
            place, name = known.source, known.handle
        digest = hashlib.sha256(upload[1]).hexdigest() if upload else ""

        async def begin(tell: Tell) -> AnalysisResult:
            return await self._made(place, name, tell, upload)

        return await self.parts.runs.shared(
            (self.key.user_id, self.key.session_id, place, name, digest), begin, status
        )

    def _find(self, source: str, handle: str, name: str) -> AnalysisResult | None:
        """By source and handle; where no source was named, of any source, also as it is written."""
        handles = [name] if source else [name, *_as_written(handle)]
        with self.parts.database.reading() as db:
            row = profiles.newest(
                db,
                self.key,
                handles=handles,
                source=source,
            )
        return result_of(row) if row else None

    async def _made(
        self, source: str, handle: str, status: Tell, upload: tuple[str, bytes] | None
    ) -> AnalysisResult:
        if self.parts.provider.status().looking:
            await self.parts.provider.refresh()
        known = self.parts.provider.status()
        result = await analyze(
            source,
            handle,
            means=Means(self.parts.settings, self.parts.web, self.parts.now, upload),
            ask=self.parts.provider.complete,
            model=self.model or known.default_model,
            offline=known.endpoint.kind == "offline",
            status=status,
        )

        def store() -> None:
            with self.parts.database.transaction() as db:
                profiles.save(
                    db,
                    self.key,
                    source=source,
                    handle=handle,
                    result=result.as_json(),
                    now=self.parts.now(),
                )

        await self._stored(
            store, f"{shown(handle, source)} was analyzed, but the result was not kept. "
        )
        return result

    async def _stored(self, work: Callable[[], T], before: str = "") -> T:
        try:
            return await self.parts.in_thread(work)
        except SessionNotFound as error:
            text = f"{before}This chat was deleted."
            raise ToolError(text, "Start a new one and analyze there.") from error
        except StoreError as error:
            raise ToolError(f"{before}{error.message}", error.fix) from error


def result_of(row: StoredProfile) -> AnalysisResult:
    """What is stored there, under the names under which it is stored."""
    return replace(read_result(row.result), source=row.source, handle=row.handle)


def kept(db: Session, key: SessionKey, *, limit: int, offset: int = 0) -> list[KeptResult]:
    """Those of a session, the newest first; raises `SessionNotFound`."""
    rows = profiles.listed(db, key, limit=limit, offset=offset)
    return [KeptResult(result_of(row), row.created_at) for row in rows]


def known_in(db: Session, key: SessionKey) -> str:
    """What a prompt says of a session's results; reads no more of them than it tells."""
    count = profiles.count(db, key)
    if not count:
        return ""
    newest = kept(db, key, limit=PROMPT_PROFILES)
    return summary_for_prompt([one.result for one in newest], count)


def summary_for_prompt(newest: Sequence[AnalysisResult], count: int) -> str:
    """The first 8 of ``count`` results within 6,000 characters; empty for none."""
    if not newest:
        return ""
    told = newest[:PROMPT_PROFILES]
    more = count - len(told)
    rest = f"\n\n{more} older results are not shown; analyze_profile returns them." if more else ""
    frame = len(enclosed("")) + len(ABOUT) + len(rest) + 2 * len(told) + 2
    each = (PROMPT_CHARS - frame) // len(told)
    text = "\n\n".join(summarized(result, each) for result in told)
    return f"{ABOUT}\n{enclosed(text)}{rest}"


def _as_written(handle: str) -> list[str]:
    """Of any source: files may be called like the handle, other sources may need no domain."""
    return [called(handle), handle.strip().lstrip("@").lower()]
