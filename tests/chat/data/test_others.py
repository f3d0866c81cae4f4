"""What one asks that is refused, or has no end: it says why, and others are answered meanwhile."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import suppress

import pytest

from chat.data import sandbox
from chat.data.sandbox import TableSource
from chat.data.tables import LIMITS
from chat.errors import ToolError
from chat.work.pool import Pool

pytestmark = pytest.mark.process
MEAN = "SELECT city, avg(price) AS mean FROM cities GROUP BY city"
REFUSED = {
    "reads /etc/passwd": ("SELECT * FROM read_text('/etc/passwd')", "cannot be used here"),
    "attaches": ("ATTACH '/etc/passwd' AS a", "This is no query"),
    "installs": ("INSTALL httpfs", "This is no query"),
    "loads": ("LOAD httpfs", "This is no query"),
    "copies": ("COPY cities TO '/tmp/a.csv'", "This is no query"),
}
ENDLESS = {
    "loops for ever": "WITH RECURSIVE r AS (SELECT 1 AS n UNION ALL SELECT n + 1 FROM r)"
    " SELECT max(n) FROM r",
    "joins itself to death": "SELECT count(*) FROM cities a, cities b, cities c, cities d",
}


@pytest.fixture(scope="module")
def pool() -> Iterator[Pool]:
    running = Pool(LIMITS)
    yield running
    running.close()


def asked(pool: Pool, user: str, sql: str, sources: list[TableSource]) -> asyncio.Task[object]:
    return asyncio.ensure_future(pool.run(user, sandbox.run, sql, sources, "", 10.0))  # type: ignore[arg-type, return-value]


@pytest.mark.parametrize("name", REFUSED)
def test_it_is_refused_and_others_are_answered(
    pool: Pool, cities: list[TableSource], name: str
) -> None:
    sql, why = REFUSED[name]

    async def both() -> None:
        mine, others = asked(pool, "ann", sql, cities), asked(pool, "bob", MEAN, cities)
        with pytest.raises(ToolError, match=why):
            await mine
        assert (await others).total == 5  # type: ignore[attr-defined]

    asyncio.run(both())


@pytest.mark.parametrize("name", ENDLESS)
def test_it_goes_on_and_others_are_answered(
    pool: Pool, cities: list[TableSource], name: str
) -> None:
    """That it ends within its limit, and says why, is in the tests of the sandbox."""

    async def both() -> None:
        mine = asked(pool, "ann", ENDLESS[name], cities)
        for _ in range(3):
            assert (await asked(pool, "bob", MEAN, cities)).total == 5  # type: ignore[attr-defined]
        assert not mine.done()
        mine.cancel()
        with suppress(asyncio.CancelledError):
            await mine

    asyncio.run(both())
