"""The analysis results of one session: read from the store, made and stored when they are missing.

Belongs to the turns' loop, as do the analyses that run now, which those who ask for the same one
at the same time share.
"""

import asyncio
import hashlib
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import partial
from typing import TypeVar

from chat.agent.models.provider import Provider
from chat.bill import Bill
from chat.errors import ToolError
from chat.limits.terms import USUAL, Terms
from chat.profiles.analysis import analyze
from chat.profiles.choice import FILE_NAME, choose, shown
from chat.profiles.handles import called
from chat.profiles.result import AnalysisResult, read_result
from chat.profiles.source import Means
from chat.profiles.summary import enclosed, summarized
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
Tell = Callable[[str], None]
Begin = Callable[[Tell], Coroutine[object, object, AnalysisResult]]


@dataclass
class _Run:
    task: asyncio.Task[AnalysisResult] | None = None
    listeners: list[Tell] = field(default_factory=list)
    line: str = ""

    def tell(self, line: str) -> None:
        self.line = line
        for listener in list(self.listeners):
            listener(line)


@dataclass(frozen=True, slots=True)
class Runs:
    """The analyses that run now, and what they work with; ``begun`` is told the key of each.

    Who asks for one that runs waits for the same.
    """

    database: Database
    provider: Provider
    means: Means
    begun: Callable[[tuple[str, ...]], None] = lambda _: None
    running: dict[tuple[str, ...], _Run] = field(default_factory=dict)

    async def shared(self, key: tuple[str, ...], begin: Begin, status: Tell) -> AnalysisResult:
        """The result of the run of this key; it ends when nobody waits for it any more."""
        run = self.running.get(key)
        if run is None:
            self.begun(key)
            run = self.running[key] = _Run()
            run.task = asyncio.create_task(begin(run.tell), name="parley-profile")
        elif run.line:
            status(run.line)
        run.listeners.append(status)
        assert run.task
        try:
            return await asyncio.shield(run.task)
        finally:
            run.listeners.remove(status)
            if not run.listeners:
                run.task.cancel()
                if self.running.get(key) is run:
                    del self.running[key]


@dataclass(frozen=True, slots=True)
class KeptResult:
    """A stored result, and when it was stored."""

    result: AnalysisResult
    created_at: datetime


@dataclass(frozen=True, slots=True)
class SessionProfiles:
    """`chat.agent.toolkit.Profiles` of one session.

    ``model`` may be empty, then the endpoint's default reads the posts, on these ``terms``; what
    that costs is added to ``bill``.
    """

    key: SessionKey
    model: str
    runs: Runs
    terms: Terms = USUAL
    bill: Bill = field(default_factory=Bill)

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
        settings = self.runs.means.settings
        place, name = choose(handle, FILE_NAME if upload else source, settings)
        known = await _stored(lambda: self._find(place if source else "", handle, name))
        if known is not None and not again and upload is None:
            return known
        if known is not None and again and not source and known.source != FILE_NAME:
            place, name = known.source, known.handle
        digest = hashlib.sha256(upload[1]).hexdigest() if upload else ""
        begin = partial(self._made, place, name, upload)
        this = (self.key.user_id, self.key.session_id, place, name, digest)
        return await self.runs.shared(this, begin, status)

    def _find(self, source: str, handle: str, name: str) -> AnalysisResult | None:
        """By source and handle; where no source was named, of any source, also as it is written.

        Files may be called like the handle, other sources may need no domain.
        """
        written = [] if source else [called(handle), handle.strip().lstrip("@").lower()]
        with self.runs.database.reading() as db:
            row = profiles.newest(db, self.key, handles=[name, *written], source=source)
        return result_of(row) if row else None

    async def _made(
        self, source: str, handle: str, upload: tuple[str, bytes] | None, status: Tell
    ) -> AnalysisResult:
        provider, means = self.runs.provider, self.runs.means
        if provider.status().looking:
            await provider.refresh()
        known = provider.status()
        result = await analyze(
            source,
            handle,
            means=replace(means, upload=upload, user_id=self.key.user_id),
            ask=lambda request: provider.complete(
                replace(request, terms=self.terms, bill=self.bill, aside=True)
            ),
            model=self.terms.pick(self.model, known.default_model),
            offline=self.terms.offline or known.endpoint.kind == "offline",
            terms=self.terms,
            status=status,
        )

        def keep() -> None:
            found = {"source": source, "handle": handle}
            with self.runs.database.transaction(even_read_only=True) as db:
                profiles.save(db, self.key, **found, result=result.as_json(), now=means.now())

        await _stored(keep, f"{shown(handle, source)} was analyzed, but the result was not kept. ")
        return result


async def _stored(work: Callable[[], T], before: str = "") -> T:
    try:
        return await asyncio.to_thread(work)
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


@dataclass(frozen=True, slots=True)
class Known:
    """What a prompt says of results, and of which so many characters: source, handle, how many."""

    text: str = ""
    told: tuple[tuple[str, str, int], ...] = ()


def known_in(db: Session, key: SessionKey) -> Known:
    """What a prompt says of a session's results; reads no more of them than it tells."""
    count = profiles.count(db, key)
    if not count:
        return Known()
    newest = kept(db, key, limit=PROMPT_PROFILES)
    return _known([one.result for one in newest], count)


def summary_for_prompt(newest: Sequence[AnalysisResult], count: int) -> str:
    """The first 8 of ``count`` results within 6,000 characters; empty for none."""
    return _known(newest, count).text


def _known(newest: Sequence[AnalysisResult], count: int) -> Known:
    if not newest:
        return Known()
    told = newest[:PROMPT_PROFILES]
    more = count - len(told)
    rest = f"\n\n{more} older results are not shown; analyze_profile returns them." if more else ""
    frame = len(enclosed("")) + len(ABOUT) + len(rest) + 2 * len(told) + 2
    each = (PROMPT_CHARS - frame) // len(told)
    parts = [summarized(result, each) for result in told]
    text = "\n\n".join(parts)
    lengths = [(one.source, one.handle, len(part)) for one, part in zip(told, parts, strict=True)]
    return Known(f"{ABOUT}\n{enclosed(text)}{rest}", tuple(lengths))
