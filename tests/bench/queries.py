"""A query over an attached table: how long it is computed, at first and later."""

from __future__ import annotations

import asyncio
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import duckdb

from chat.data import sandbox
from chat.data.sandbox import TableSource
from chat.data.tables import LIMITS
from chat.work.pool import Pool
from tests.bench.attachments import HEAD, ROWS, rows
from tests.bench.figures import Figure
from tests.bench.stage import Stage

RUNS = 11
COMPUTED_MS, FIRST_SECONDS = 200, 1
SQL = (
    'SELECT city, count(*) AS n, avg(price) AS mean, sum(amount) AS amount FROM "sales" '
    "GROUP BY city ORDER BY mean DESC"
)


def run(_stage: Stage) -> list[Figure]:
    """In child processes, as the server does it; each first one with a new process."""
    with tempfile.TemporaryDirectory(prefix="parley-queries-") as folder:
        source = [_table(Path(folder))]
        first = [_times(source, 1)[0] / 1000 for _ in range(3)]
        later = _times(source, RUNS + 1)[1:]
    return [
        Figure(f"GROUP BY over {ROWS:,} × 8: the first of a process", first, "s", FIRST_SECONDS),
        Figure(f"GROUP BY over {ROWS:,} × 8: computed", later, "ms", COMPUTED_MS),
    ]


def _table(folder: Path) -> TableSource:
    written, made = folder / "sales.csv", folder / "tables.duckdb"
    written.write_bytes(HEAD + rows(ROWS))
    with duckdb.connect(str(made)) as database:
        database.execute("CREATE TABLE data AS FROM read_csv(?)", [str(written)])
    return TableSource(str(made), "data", "sales")


def _times(source: list[TableSource], count: int) -> list[float]:
    """Milliseconds from the question to what is kept, in one process."""
    pool, times = Pool(LIMITS), []

    async def ask() -> None:
        for _ in range(count):
            began = time.perf_counter()
            found = await pool.run("", sandbox.run, SQL, source, "", sandbox.SECONDS)
            times.append((time.perf_counter() - began) * 1000)
            assert found.count == 5

    try:
        with ThreadPoolExecutor(1) as beside:  # the browser's loop runs in this thread
            beside.submit(lambda: asyncio.run(ask())).result()
    finally:
        pool.close()
    return times
