"""Search: over HTTP, beside very many messages, and what keeping the index costs."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from store import search_index, users
from store.database import Database
from store.search import find
from store.search_query import parse
from store.users import LOCAL_USER
from tests.bench.api import connection
from tests.bench.figures import Figure
from tests.bench.search_seed import ABSENT, COMMON, OTHER, RARE, fill, words
from tests.bench.stage import Stage
from tests.store.samples import asked, end, make

REPEATS = 30
MANY, VERY_MANY, FEW = 50_000, 1_000_000, 100
STORED = 300
QUERIES = {"rare": RARE, "common": COMMON, "absent": ABSENT}


def run(stage: Stage) -> list[Figure]:
    """All of it."""
    return [*_over_http(stage), *_beside_very_many(stage.folder), *_kept(stage.folder)]


def _over_http(stage: Stage) -> list[Figure]:
    figures = []
    with stage.stopped_server("search") as server:
        fill(f"sqlite:///{server.folder / 'parley.db'}", MANY)
        server.start()
        client = connection(server)
        for name, query in QUERIES.items():

            def ask(words: str = query) -> None:
                client.request("GET", f"/api/users/me/search?q={words}")
                answer = client.getresponse()
                assert answer.status == 200, answer.read()
                answer.read()

            what = f"search over HTTP in {MANY:,} messages, {name} word"
            figures.append(Figure(what, _times(ask), "ms", 10))
    return figures


def _beside_very_many(folder: Path) -> list[Figure]:
    figures = []
    url = f"sqlite:///{folder / 'very-many.db'}"
    fill(url, VERY_MANY)
    fill(url, FEW, OTHER)
    database = Database(url)
    for user_id, count, reach in ((LOCAL_USER, VERY_MANY, 60), (OTHER, FEW, 10)):
        for name, query in QUERIES.items():

            def ask(words: str = query, who: str = user_id) -> None:
                with database.reading() as db:
                    find(db, user_id=who, query=parse(words))

            what = f"search in {count:,} messages of one account of two, {name} word"
            figures.append(Figure(what, _times(ask), "ms", reach))
    database.close()
    return figures


def _kept(folder: Path) -> list[Figure]:
    """Questions and answers in turns with and without the index, in two databases."""
    spent: dict[bool, list[tuple[float, float]]] = {True: [], False: []}
    databases = {kept: Database(f"sqlite:///{folder / f'kept-{kept}.db'}") for kept in spent}
    places, write = {}, search_index.written
    for kept, database in databases.items():
        database.open()
        with database.transaction() as db:
            users.ensure_local(db)
            places[kept] = make(db, LOCAL_USER)
    try:
        for number in range(STORED):
            for kept, database in databases.items():
                search_index.written = write if kept else _nothing
                began = time.perf_counter(), time.process_time()
                with database.transaction() as db:
                    answer = asked(db, places[kept], words(number, 30)).answer.id
                with database.transaction() as db:
                    end(db, places[kept], answer, words(number, 180))
                took = time.perf_counter() - began[0], time.process_time() - began[1]
                spent[kept].append(took)
    finally:
        search_index.written = write
    return [
        Figure("index kept, per message stored", [_more(spent, 0)], "% more", 15),
        Figure("index kept, processor time of it", [_more(spent, 1)], "% more"),
    ]


def _more(spent: Mapping[bool, Sequence[tuple[float, float]]], which: int) -> float:
    """By how many per cent the median is higher with the index."""
    with_it, without = (sorted(one[which] for one in spent[kept]) for kept in (True, False))
    return (with_it[STORED // 2] / without[STORED // 2] - 1) * 100


def _nothing(*_given: object) -> None:
    pass


def _times(ask: Callable[[], None]) -> list[float]:
    times = []
    for at in range(REPEATS + 3):
        began = time.perf_counter()
        ask()
        if at >= 3:
            times.append((time.perf_counter() - began) * 1000)
    return times
