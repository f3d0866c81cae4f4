"""Questions to the tables of a chat: asked in a child process, kept with the answer.

The tables are those of files on the answer's branch, and the analysis results of its chat.
"""

import asyncio
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import TypeVar, TypeVarTuple
from uuid import uuid4

from chat.agent.toolkit import TellEvent
from chat.data import profile_tables, sandbox, words
from chat.data.charts import checked
from chat.data.found import QueryResult, Rerun
from chat.data.names import ChatTable, named
from chat.data.sandbox import TableSource
from chat.data.values import ChartSpec, QueryAnswer, TableInfo
from chat.errors import InvalidInput, ToolError
from chat.events import ResultEvent
from chat.work.failures import ResultTooLarge, TookTooLong, TooMuchMemory, WorkFailed
from chat.work.pool import Pool
from store import files, messages, profiles, results
from store.database import Database, Session
from store.errors import StoreError
from store.file_values import StoredFile
from store.result_values import Computed, NewComputed
from store.values import Message, SessionKey

TABLES_MAX, PROFILES_MAX = 200, 20
QUERIES_MAX = 30
"""So many queries and charts may be tried for one answer."""
ANSWER_BYTES = 20_000_000

T = TypeVar("T")
TS = TypeVarTuple("TS")


@dataclass(frozen=True, slots=True)
class BranchTables:
    """The tables of a branch: those of files, and whether there are analysis results."""

    attached: tuple[ChatTable, ...] = ()
    profiles: int = 0

    def described(self) -> tuple[TableInfo, ...]:
        """All of them, as they are called in queries."""
        infos = [one.info for one in self.attached]
        if self.profiles:
            called = profile_tables.names({one.name.lower() for one in infos})
            shapes = profile_tables.COLUMNS
            infos += [TableInfo(name, shapes[one], 0) for one, name in called.items()]
        return tuple(infos)


@dataclass(frozen=True, slots=True)
class Tables:
    """Of one process. ``tables_of`` is where a file's tables are, ``user_bytes`` what all results
    of one user may have.
    """

    database: Database
    work: Pool
    tables_of: Callable[[StoredFile], Path | None]
    user_bytes: int
    now: Callable[[], datetime]

    def within(self, db: Session, key: SessionKey, leaf_id: int) -> BranchTables:
        """What can be asked at this place of a chat."""
        found = named(files.of_branch(db, key, leaf_id=leaf_id))
        return BranchTables(tuple(found[-TABLES_MAX:]), min(profiles.count(db, key), PROFILES_MAX))

    def of_answer(self, key: SessionKey, answer: Message) -> "AnswerData":
        """What tools get; used on one loop only."""
        return AnswerData(self, key, answer.id, answer.parent_id or answer.id)

    async def again(self, key: SessionKey, message_id: int, result_id: str) -> Rerun:
        """What the query of a kept table gives now; nothing is stored.

        Raises what `store.results.get` raises, and `InvalidInput` where that cannot be told.
        """

        def read() -> tuple[Computed, bytes, BranchTables, str]:
            with self.database.reading() as db:
                kept = results.get(db, key, message_id=message_id, result_id=result_id)
                data = results.data(db, key, message_id=message_id, result_id=result_id)
                within = self.within(db, key, message_id)
                return kept, data, within, self.analyzed(db, key, within, kept.query)

        kept, data, within, analyzed = await asyncio.to_thread(read)
        if kept.kind != "table":
            raise InvalidInput("This is a chart.", "Run the query of its table again.")
        try:
            return await self.run(
                key, within, sandbox.again, data, kept.query, self.sources(within), analyzed
            )
        except ToolError as failure:
            raise InvalidInput(failure.message, failure.fix) from failure

    def sources(self, within: BranchTables) -> list[TableSource]:
        """Those that are still there."""
        paths = [(self.tables_of(one.file), one) for one in within.attached]
        return [TableSource(str(path), one.name, one.info.name) for path, one in paths if path]

    @staticmethod
    def analyzed(db: Session, key: SessionKey, within: BranchTables, sql: str) -> str:
        """The analysis results that a query may read, as JSON; empty where it names none."""
        if not within.profiles or not any(name in sql.lower() for name in profile_tables.SHAPES):
            return ""
        rows = profiles.listed(db, key, limit=PROFILES_MAX)
        return profile_tables.as_json(
            [{"source": row.source, "handle": row.handle, "result": row.result} for row in rows]
        )

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
            raise ToolError("What the query gives is too large.", sandbox.LESS) from None
        except WorkFailed:
            raise ToolError("The query could not be run.", "Try a simpler one.") from None
        except ToolError as refusal:
            fix = refusal.fix or words.there_are(within.described())
            raise ToolError(refusal.message, fix) from refusal


@dataclass(slots=True)
class AnswerData:
    """`chat.agent.toolkit.Data` of one answer, whose branch ends in ``leaf_id``."""

    whole: Tables
    key: SessionKey
    message_id: int
    leaf_id: int
    tried: int = field(default=0)

    async def tables(self) -> tuple[TableInfo, ...]:
        """See `Data`."""
        within = await _stored(self._within)
        return within.described()

    async def query(self, sql: str, title: str, *, tell: TellEvent) -> QueryAnswer:
        """See `Data`."""
        self._count()
        within, analyzed = await _stored(lambda: self._read(sql))
        sources = self.whole.sources(within)
        if not within.attached and not within.profiles:
            raise ToolError("There is nothing to ask.", words.there_are(()))
        found = await self.whole.run(self.key, within, sandbox.run, sql, sources, analyzed)
        new = _new("table", title or "Result", sql, {}, found)
        kept = await self._keep(new, tell)
        return QueryAnswer(kept.result_id, found.columns, found.rows, found.count, found.total)

    async def draw(self, query_id: str, chart: ChartSpec, title: str, *, tell: TellEvent) -> str:
        """See `Data`."""
        self._count()
        table, data = await _stored(lambda: self._table(query_id))
        chart = checked(chart, table.columns)
        found = await self.whole.run(self.key, BranchTables(), sandbox.drawn, data, chart)
        drawn = {"kind": chart.kind, "x": chart.x, "y": chart.y, "colour": chart.colour}
        about = {"chart": drawn, "of": table.result_id}
        new = _new("chart", title or table.title, table.query, about, found)
        return (await self._keep(new, tell)).result_id

    def _count(self) -> None:
        self.tried += 1
        if self.tried > QUERIES_MAX:
            said = f"This answer has tried {QUERIES_MAX} queries and charts."
            raise ToolError(said, "Answer with what there is.")

    def _within(self) -> BranchTables:
        with self.whole.database.reading() as db:
            return self.whole.within(db, self.key, self.leaf_id)

    def _read(self, sql: str) -> tuple[BranchTables, str]:
        with self.whole.database.reading() as db:
            within = self.whole.within(db, self.key, self.leaf_id)
            return within, self.whole.analyzed(db, self.key, within, sql)

    def _table(self, query_id: str) -> tuple[Computed, bytes]:
        with self.whole.database.reading() as db:
            there = messages.get(db, self.key, message_id=self.message_id).results
            tables = [one for one in there if one.kind == "table"]
            found = next((one for one in reversed(tables) if query_id in ("", one.result_id)), None)
            if found is None:
                known = ", ".join(f"{one.result_id} ({one.title})" for one in tables[-5:])
                fix = f"Those of this answer are: {known}." if known else "Call query_table first."
                raise ToolError("There is no such query_id in this answer.", fix)
            place = self.message_id
            return found, results.data(db, self.key, message_id=place, result_id=found.result_id)

    async def _keep(self, new: NewComputed, tell: TellEvent) -> Computed:
        """With the answer, and tell its viewers."""
        kept = await _stored(lambda: self._saved(new))
        tell(
            ResultEvent(
                kept.result_id, new.kind, kept.title, self.message_id, kept.count, kept.total
            )
        )
        return kept

    def _saved(self, new: NewComputed) -> Computed:
        size = len(new.shown) + len(new.data)
        with self.whole.database.transaction() as db:
            there = results.of_messages(db, self.key, [self.message_id]).get(self.message_id, ())
            if sum(one.size for one in there) + size > ANSWER_BYTES:
                said = "The results of this answer are too large together."
                raise ToolError(said, "Ask for fewer rows or columns.")
            used, most = results.used(db, user_id=self.key.user_id), self.whole.user_bytes
            if used + size > most:
                said = f"The results of all chats may have {math.floor(most / 1e6)} MB together."
                raise ToolError(said, "The user can delete chats with results for good.")
            return results.save(
                db, self.key, message_id=self.message_id, new=new, now=self.whole.now()
            )


def _new(
    kind: str, title: str, query: str, about: Mapping[str, object], found: QueryResult
) -> NewComputed:
    return NewComputed(
        result_id=uuid4().hex,
        kind="table" if kind == "table" else "chart",
        title=title,
        query=query,
        about=about,
        columns=found.columns,
        count=found.count,
        total=found.total,
        shown=found.shown,
        data=found.data,
    )


async def _stored(work: Callable[[], T]) -> T:
    try:
        return await asyncio.to_thread(work)
    except StoreError as error:
        raise ToolError(error.message, error.fix) from error
