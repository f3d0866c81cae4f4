"""What tools ask of the tables of a chat while an answer is written; what comes is kept with it."""

import asyncio
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import TypeVar
from uuid import uuid4

from chat.agent.toolkit import TellEvent
from chat.data import sandbox, words
from chat.data.charts import checked
from chat.data.found import QueryResult
from chat.data.sandbox import TableSource
from chat.data.tables import BranchTables, Tables
from chat.data.values import ChartSpec, QueryAnswer, TableInfo
from chat.errors import ToolError
from chat.events import ResultEvent
from store import results
from store.errors import StoreError
from store.result_values import Computed, ComputedKind, NewComputed
from store.values import SessionKey

QUERIES_MAX = 30
"""So many queries and charts may be tried for one answer."""
ANSWER_BYTES = 20_000_000
TOLD = 5
"""So many tables are named to whoever asks for one that is not there."""

T = TypeVar("T")


@dataclass(slots=True)
class AnswerData:
    """`chat.agent.toolkit.Data` of one answer, whose branch ends in ``leaf_id``."""

    whole: Tables
    key: SessionKey
    message_id: int
    leaf_id: int
    tried: int = 0

    async def tables(self) -> tuple[TableInfo, ...]:
        """See `Data`."""
        within = await _stored(self._within)
        return within.described()

    async def query(self, sql: str, title: str, *, tell: TellEvent) -> QueryAnswer:
        """See `Data`."""
        self._count()
        within, sources, analyzed = await _stored(lambda: self._read(sql))
        if not within.attached and not within.profiles:
            raise ToolError("There is nothing to ask.", words.there_are(()))
        found, within = await self.whole.over(self.key, within, sources, sandbox.ask, sql, analyzed)
        new = _new("table", title or "Result", sql, {}, found)
        kept = await self._keep(new, tell)
        counts = (found.count, found.total)
        return QueryAnswer(kept.result_id, found.columns, found.rows, *counts, within.lost_files)

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

    def _read(self, sql: str) -> tuple[BranchTables, list[TableSource], str]:
        with self.whole.database.reading() as db:
            within = self.whole.within(db, self.key, self.leaf_id)
            analyzed = self.whole.analyzed(db, self.key, within, sql)
        return within, self.whole.sources(within), analyzed

    def _table(self, query_id: str) -> tuple[Computed, bytes]:
        with self.whole.database.reading() as db:
            above = partial(results.tables_above, db, self.key, leaf_id=self.message_id)
            if not (tables := above(result_id=query_id)):
                known = ", ".join(f"{one.result_id} ({one.title})" for one in above(limit=TOLD))
                fix = (
                    f"The newest of this chat are: {known}." if known else "Call query_table first."
                )
                raise ToolError("There is no such query_id in this chat.", fix)
            (found,) = tables
            place, name = found.message_id, found.result_id
            return found, results.data(db, self.key, message_id=place, result_id=name)

    async def _keep(self, new: NewComputed, tell: TellEvent) -> Computed:
        """With the answer, and tell its viewers."""
        kept = await _stored(lambda: self._saved(new))
        self.whole.result_stored(new.kind)
        tell(
            ResultEvent(
                kept.result_id, new.kind, kept.title, self.message_id, kept.count, kept.total
            )
        )
        return kept

    def _saved(self, new: NewComputed) -> Computed:
        size = len(new.shown) + len(new.data)
        with self.whole.database.transaction(even_read_only=True) as db:
            there = results.of_messages(db, self.key, [self.message_id]).get(self.message_id, ())
            if sum(one.size for one in there) + size > ANSWER_BYTES:
                said = "The results of this answer are too large together."
                raise ToolError(said, "Ask for fewer rows or columns.")
            user_id = self.key.user_id
            used, most = results.used(db, user_id=user_id), self.whole.user_bytes(db, user_id)
            if used + size > most:
                said = f"The results of all chats may have {math.floor(most / 1e6)} MB together."
                raise ToolError(said, "The user can delete chats with results for good.")
            return results.save(
                db, self.key, message_id=self.message_id, new=new, now=self.whole.now()
            )


def _new(
    kind: ComputedKind, title: str, query: str, about: Mapping[str, object], found: QueryResult
) -> NewComputed:
    return NewComputed(
        result_id=uuid4().hex,
        kind=kind,
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
