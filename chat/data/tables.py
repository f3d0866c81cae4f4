"""The tables of a chat, and what is done with them in child processes, for every door.

They are those of the files on a branch, and the analysis results of the chat.
"""

import asyncio
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import TypeVar, TypeVarTuple

from chat.data import profile_tables, sandbox, words
from chat.data.found import Cell, DamagedFiles, Rerun
from chat.data.names import ChatTable, named
from chat.data.sandbox import TableSource
from chat.data.values import QueryOutcome, TableInfo
from chat.errors import InvalidInput, ToolError, TooMany
from chat.work.children import WorkLimits
from chat.work.failures import ResultTooLarge, TookTooLong, TooMuchMemory, WorkFailed
from chat.work.pool import Pool
from store import files, profiles, results
from store.database import Database, Session
from store.file_values import StoredFile
from store.result_values import Computed, ComputedKind
from store.values import SessionKey

LIMITS = WorkLimits(seconds=12.0, memory=2_000_000_000, result=26_000_000, kept=250_000_000)
"""Of a process: DuckDB and pyarrow take 1.1 GB of addresses, of which they use 0.13 to 0.19 GB.

As JSON, what is kept of a result may be six times as long.
"""
TABLES_MAX, PROFILES_MAX = 200, 20
WAITING_MAX = 4
"""So many results may somebody ask for at once, beside those that answers compute."""

TOO_MUCH = "What the query gives is too large."
_LIMITS = (sandbox.TOO_LONG, sandbox.TOO_LARGE, sandbox.TOO_MANY, TOO_MUCH)
_OUTCOMES: dict[str, QueryOutcome] = {**dict.fromkeys(_LIMITS, "limit"), sandbox.NOT_RUN: "failed"}

T = TypeVar("T")
TS = TypeVarTuple("TS")


@dataclass(frozen=True, slots=True)
class BranchTables:
    """The tables of a branch: those of files, and whether there are analysis results.

    ``lost`` are the names of those that turned out not to be readable.
    """

    attached: tuple[ChatTable, ...] = ()
    profiles: int = 0
    lost: frozenset[str] = frozenset()

    @property
    def lost_files(self) -> tuple[str, ...]:
        """What the files of those are called that cannot be read."""
        files = (one.file.name for one in self.attached if one.info.name in self.lost)
        return tuple(dict.fromkeys(files))

    def described(self) -> tuple[TableInfo, ...]:
        """All that can be asked, as they are called in queries."""
        infos = [one.info for one in self.attached if one.info.name not in self.lost]
        if self.profiles:
            taken = {one.info.name.lower() for one in self.attached}
            called = profile_tables.names(taken)
            shapes = profile_tables.COLUMNS
            infos += [TableInfo(name, shapes[one], 0) for one, name in called.items()]
        return tuple(infos)


@dataclass(frozen=True, slots=True)
class Tables:
    """Of one process. ``user_bytes`` is what all results of a user may have.

    ``tables_of`` is where a file's tables are, and ``made_anew`` the same where those are damaged.
    ``query_ended`` and ``result_stored`` count.
    """

    database: Database
    work: Pool
    tables_of: Callable[[StoredFile], Path | None]
    made_anew: Callable[[StoredFile], Path | None]
    user_bytes: Callable[[Session, str], int]
    now: Callable[[], datetime]
    query_ended: Callable[[QueryOutcome], None]
    result_stored: Callable[[ComputedKind], None]
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _waiting: Counter[str] = field(default_factory=Counter)

    def within(self, db: Session, key: SessionKey, leaf_id: int) -> BranchTables:
        """What can be asked at this place of a chat."""
        found = named(files.of_branch(db, key, leaf_id=leaf_id))
        return BranchTables(tuple(found[-TABLES_MAX:]), min(profiles.count(db, key), PROFILES_MAX))

    async def again(self, key: SessionKey, message_id: int, result_id: str) -> Rerun:
        """What the query of a kept table gives now; nothing is stored.

        Raises what `store.results.get` raises, `InvalidInput` where that cannot be told, and
        `TooMany`.
        """

        def read() -> tuple[Computed, bytes, BranchTables, list[TableSource], str]:
            with self.database.reading() as db:
                kept = results.get(db, key, message_id=message_id, result_id=result_id)
                data = results.data(db, key, message_id=message_id, result_id=result_id)
                within = self.within(db, key, message_id)
                analyzed = self.analyzed(db, key, within, kept.query)
            return kept, data, within, self.sources(within), analyzed

        with self._one_more(key.user_id):
            kept, data, within, sources, analyzed = await asyncio.to_thread(read)
            if kept.kind != "table":
                raise InvalidInput("This is a chart.", "Run the query of its table again.")
            given = (data, kept.query, analyzed)
            try:
                rerun, _ = await self.over(key, within, sources, sandbox.again, *given)
            except ToolError as failure:
                raise InvalidInput(failure.message, failure.fix) from failure
            now = rerun.result
            if kept.total == now.total or (kept.count, now.count) == (kept.total, now.total):
                return rerun
            more = f"Rows in all before: {kept.total:,}; now: {now.total:,}."
            return replace(rerun, changes=(*rerun.changes, more))

    async def rows(
        self, key: SessionKey, message_id: int, result_id: str
    ) -> tuple[Computed, tuple[tuple[Cell, ...], ...]]:
        """A kept table or chart with its rows, as JSON has them; raises what `again` raises."""

        def read() -> tuple[Computed, bytes]:
            with self.database.reading() as db:
                kept = results.get(db, key, message_id=message_id, result_id=result_id)
                return kept, results.data(db, key, message_id=message_id, result_id=result_id)

        with self._one_more(key.user_id):
            kept, data = await asyncio.to_thread(read)
            try:
                return kept, await self.run(key, BranchTables(), sandbox.rows, data)
            except ToolError as failure:
                raise InvalidInput(failure.message, failure.fix) from failure

    def sources(self, within: BranchTables) -> list[TableSource]:
        """Of all of them; takes its time where they have to be made again."""
        return [
            TableSource(str(self.tables_of(one.file) or ""), one.name, one.info.name, one.file.name)
            for one in within.attached
        ]

    @staticmethod
    def analyzed(db: Session, key: SessionKey, within: BranchTables, sql: str) -> str:
        """The analysis results that a query may read, as JSON; empty where it names none.

        SHOW TABLES names all.
        """
        named = any(name in sql.lower() for name in (*profile_tables.SHAPES, "show"))
        if not within.profiles or not named:
            return ""
        rows = profiles.listed(db, key, limit=PROFILES_MAX)
        return profile_tables.as_json(
            [{"source": row.source, "handle": row.handle, "result": row.result} for row in rows]
        )

    async def over(
        self,
        key: SessionKey,
        within: BranchTables,
        sources: list[TableSource],
        function: Callable[[list[TableSource], *TS], T | DamagedFiles],
        *given: *TS,
    ) -> tuple[T, BranchTables]:
        """In a child, over these tables, with those of them that could be read.

        What is damaged is made anew, once; where it stays so, it is done without. Raises
        `ToolError` as `run`.
        """
        made = set[str]()
        with self._counted():
            while True:
                lost = frozenset(one.name for one in sources if not one.path)
                within = replace(within, lost=lost)
                found = await self.run(key, within, function, sources, *given)
                if not isinstance(found, DamagedFiles):
                    return found, within
                sources = await asyncio.to_thread(self._mended, within, sources, found, made)

    @contextmanager
    def _counted(self) -> Iterator[None]:
        """A block that is one query: how it ends."""
        outcome: QueryOutcome = "failed"
        try:
            yield
            outcome = "done"
        except ToolError as failure:
            outcome = _OUTCOMES.get(failure.message, "refused")
            raise
        except asyncio.CancelledError:
            outcome = "stopped"
            raise
        finally:
            self.query_ended(outcome)

    def _mended(
        self,
        within: BranchTables,
        sources: list[TableSource],
        damaged: DamagedFiles,
        made: set[str],
    ) -> list[TableSource]:
        """With others in place of the damaged ones, none where they were ``made`` before."""
        anew: dict[str, str] = {}
        for table, source in zip(within.attached, sources, strict=True):
            if source.path in damaged.paths and source.path not in anew:
                path = None if source.path in made else self.made_anew(table.file)
                anew[source.path] = str(path or "")
        made.update(anew)
        return [replace(one, path=anew.get(one.path, one.path)) for one in sources]

    async def run(
        self, key: SessionKey, within: BranchTables, function: Callable[[*TS], T], *given: *TS
    ) -> T:
        """In a child; raises `ToolError` that says what can be asked."""
        try:
            return await self.work.run(key.user_id, function, *given)
        except TookTooLong:
            raise ToolError(sandbox.TOO_LONG, sandbox.LESS) from None
        except TooMuchMemory:
            raise ToolError(sandbox.TOO_LARGE, sandbox.LESS) from None
        except ResultTooLarge:
            raise ToolError(TOO_MUCH, sandbox.LESS) from None
        except WorkFailed:
            raise ToolError(sandbox.NOT_RUN, "Try a simpler one.") from None
        except ToolError as refusal:
            fix = refusal.fix or words.there_are(within.described(), within.lost_files)
            raise ToolError(refusal.message, fix) from refusal

    @contextmanager
    def _one_more(self, user_id: str) -> Iterator[None]:
        """While somebody waits for it."""
        with self._lock:
            if self._waiting[user_id] >= WAITING_MAX:
                raise TooMany("Too many results are asked for at once.", "Wait for those.")
            self._waiting[user_id] += 1
        try:
            yield
        finally:
            with self._lock:
                self._waiting[user_id] -= 1
                if not self._waiting[user_id]:
                    del self._waiting[user_id]
