"""The analysis results of one session: read from the store, made and stored when they are missing.

Belongs to the turns' loop, as `Runs` does, of which a process has one.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, TypeVar

from chat.agent.models.provider import Provider
from chat.config import Settings
from chat.errors import ToolError
from chat.profiles.analysis import analyze
from chat.profiles.downloads import as_csv as as_csv
from chat.profiles.downloads import as_json as as_json
from chat.profiles.figures import heatmap as heatmap
from chat.profiles.handles import called, shown
from chat.profiles.handles import choose as choose
from chat.profiles.summary import enclosed, summarized
from chat.web.web import Web
from store import profiles
from store.database import Database
from store.errors import SessionNotFound, StoreError

PROMPT_CHARS = 6_000
PROMPT_PROFILES = 8
KNOWN = (
    "Results of earlier profile analyses in this chat. Answer follow-up questions from them, "
    "without analyzing again unless the user asks for it."
)

Status = Callable[[str], None]
Result = dict[str, Any]
T = TypeVar("T")


@dataclass
class _Run:
    task: asyncio.Task[Result] | None = None
    listeners: list[Status] = field(default_factory=list)
    line: str = ""

    def tell(self, line: str) -> None:
        self.line = line
        for listener in list(self.listeners):
            listener(line)


class Runs:
    """The analyses that run now; who asks for one that runs waits for the same."""

    def __init__(self) -> None:
        self._running: dict[tuple[str, ...], _Run] = {}

    async def shared(
        self, key: tuple[str, ...], begin: Callable[[Status], Awaitable[Result]], status: Status
    ) -> Result:
        """The result of the run of this key; it ends when nobody waits for it any more."""
        run = self._running.get(key)
        if run is None:
            run = self._running[key] = _Run()
            run.task = asyncio.create_task(_begun(begin, run.tell), name="parley-profile")
            run.task.add_done_callback(lambda task: self._ended(key, run, task))
        elif run.line:
            status(run.line)
        run.listeners.append(status)
        assert run.task
        try:
            return await asyncio.shield(run.task)
        finally:
            run.listeners.remove(status)
            if not run.listeners and not run.task.done():
                self._forget(key, run)
                run.task.cancel()

    def _ended(self, key: tuple[str, ...], run: _Run, task: asyncio.Task[Result]) -> None:
        self._forget(key, run)
        if not task.cancelled():
            task.exception()  # seen, also where nobody waits any more

    def _forget(self, key: tuple[str, ...], run: _Run) -> None:
        if self._running.get(key) is run:
            del self._running[key]


@dataclass(frozen=True, slots=True)
class SessionProfiles:
    """`chat.agent.toolkit.Profiles` of one session; ``in_thread`` runs transactions off the loop.

    ``model`` may be empty, then the endpoint's default reads the posts.
    """

    user_id: str
    session_id: str
    model: str
    database: Database
    provider: Provider
    web: Web
    settings: Settings
    runs: Runs
    in_thread: Callable[..., Awaitable[Any]]
    now: Callable[[], datetime]

    async def listed(self) -> Sequence[Mapping[str, Any]]:
        """See `Profiles`."""

        def read() -> list[Result]:
            with self.database.reading() as db:
                found = profiles.listed(db, user_id=self.user_id, session_id=self.session_id)
            return [row["result"] for row in found]

        return await self._stored(read)

    async def analyzed(
        self,
        source: str,
        handle: str,
        *,
        again: bool,
        status: Status,
        upload: tuple[str, bytes] | None = None,
    ) -> Mapping[str, Any]:
        """See `Profiles`; ``upload``, a file's name and bytes, is analyzed in any case."""
        place, name = choose(handle, "file" if upload else source, self.settings)
        known = await self._stored(lambda: self._find(place if source else "", handle, name))
        if known is not None and not again and upload is None:
            return known
        if known is not None and again and not source and known["source"] != "file":
            place, name = known["source"], known["handle"]
        digest = hashlib.sha256(upload[1]).hexdigest() if upload else ""

        async def begin(tell: Status) -> Result:
            return await self._made(place, name, tell, upload)

        return await self.runs.shared(
            (self.user_id, self.session_id, place, name, digest), begin, status
        )

    def _find(self, source: str, handle: str, name: str) -> Result | None:
        """By source and handle; where no source was named, of any source, also as it is written."""
        handles = [name] if source else [name, *_as_written(handle)]
        with self.database.reading() as db:
            row = profiles.newest(
                db,
                user_id=self.user_id,
                session_id=self.session_id,
                handles=handles,
                source=source,
            )
        return row["result"] if row else None

    async def _made(
        self, source: str, handle: str, status: Status, upload: tuple[str, bytes] | None
    ) -> Result:
        if self.provider.status().looking:
            await self.provider.refresh()
        known = self.provider.status()
        result = await analyze(
            source,
            handle,
            settings=self.settings,
            web=self.web,
            ask=self.provider.complete,
            model=self.model or known.default_model,
            offline=known.endpoint.kind == "offline",
            now=self.now,
            status=status,
            upload=upload,
        )

        def store() -> None:
            with self.database.transaction() as db:
                profiles.save(
                    db,
                    user_id=self.user_id,
                    session_id=self.session_id,
                    source=source,
                    handle=handle,
                    result=result,
                    now=self.now(),
                )

        await self._stored(
            store, f"{shown(handle, source)} was analyzed, but the result was not kept. "
        )
        return result

    async def _stored(self, work: Callable[[], T], before: str = "") -> T:
        try:
            done: T = await self.in_thread(work)
        except SessionNotFound as error:
            text = f"{before}This chat was deleted."
            raise ToolError(text, "Start a new one and analyze there.") from error
        except StoreError as error:
            raise ToolError(f"{before}{error.message}", error.fix) from error
        return done


def summary_for_prompt(results: Sequence[Mapping[str, Any]]) -> str:
    """What a prompt says of results, newest first, within 6,000 characters; empty for none."""
    if not results:
        return ""
    told = results[:PROMPT_PROFILES]
    more = len(results) - len(told)
    rest = f"\n\n{more} older results are not shown; analyze_profile returns them." if more else ""
    frame = len(enclosed("")) + len(KNOWN) + len(rest) + 2 * len(told) + 2
    each = (PROMPT_CHARS - frame) // len(told)
    text = "\n\n".join(summarized(result, each) for result in told)
    return f"{KNOWN}\n{enclosed(text)}{rest}"


def _as_written(handle: str) -> list[str]:
    """Of any source: files may be called like the handle, other sources may need no domain."""
    return [called(handle), handle.strip().lstrip("@").lower()]


async def _begun(begin: Callable[[Status], Awaitable[Result]], tell: Status) -> Result:
    return await begin(tell)
