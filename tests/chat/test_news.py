"""News: told from any thread, resumed, and forgotten."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import aclosing

import pytest

from chat import news as module
from chat.news import KEEP_SECONDS, KEPT, Change, News

Batch = list[tuple[int, Change]]


async def following(batches: AsyncIterator[Batch]) -> Batch:
    """The next batch with anything in it."""
    async for batch in batches:
        if batch:
            return batch
    return []


def resumed(news: News, user_id: str, after: int | None) -> list[Change]:
    """What comes at once."""

    async def first() -> list[Change]:
        async with aclosing(news.batches(user_id, after)) as batches:
            return [change for _, change in await anext(batches)]

    return asyncio.run(first())


def test_what_changes_is_told_to_all_who_watch_them_only() -> None:
    news = News()

    async def watch() -> list[Batch]:
        async with (
            aclosing(news.batches("ann", None)) as one,
            aclosing(news.batches("ann", None)) as two,
            aclosing(news.batches("bob", None)) as other,
        ):
            waiting = [asyncio.ensure_future(following(it)) for it in (one, two, other)]
            await asyncio.sleep(0)
            await asyncio.to_thread(news.note, "ann", "turn", "s")
            told = list(await asyncio.gather(*waiting[:2]))
            await asyncio.to_thread(news.close)
            return [*told, await waiting[2]]

    first, second, others = asyncio.run(watch())
    assert [change for _, change in first] == [Change("turn", "s")]
    assert (second, others) == (first, [])


def test_whoever_comes_back_misses_and_doubles_nothing() -> None:
    news = News()
    news.note("ann", "session", "a")
    seen = news.number
    news.note("ann", "turn", "b")
    news.note("bob", "turn", "c")
    news.note("ann", "login")
    assert resumed(news, "ann", seen) == [Change("turn", "b"), Change("login")]


def test_what_is_not_known_any_more_is_any_session() -> None:
    news = News()
    news.note("ann", "session", "a")
    early = news.number
    for _ in range(KEPT + 1):
        news.note("ann", "turn", "b")
    assert resumed(news, "ann", early) == [Change("session")]
    assert resumed(news, "ann", 0) == [Change("session")]
    assert resumed(news, "ann", news.number + 1_000) == [Change("session")]
    assert resumed(News(), "ann", early - 5_000) == [Change("session")]


def test_no_change_is_lost_between_threads() -> None:
    news = News()

    async def watch() -> int:
        count = 0
        async with aclosing(news.batches("all", news.number)) as batches:
            with ThreadPoolExecutor(8) as pool:
                notes = [pool.submit(news.note, "all", "turn", str(n)) for n in range(80)]
                while count < len(notes):
                    count += len(await following(batches))
        return count

    assert asyncio.run(watch()) == 80


def test_what_changed_long_ago_is_forgotten_unless_it_is_watched() -> None:
    seconds = 0.0
    news = News(clock=lambda: seconds)

    async def watch() -> list[str]:
        nonlocal seconds
        async with aclosing(news.batches("watched", 0)) as batches:
            await anext(batches)
            for user in range(100):
                news.note(f"u{user}", "turn")
            seconds = KEEP_SECONDS + 1
            news.note("u0", "turn")
            return sorted(news._feeds)

    assert asyncio.run(watch()) == ["u0", "watched"]


def test_a_batch_comes_at_least_now_and_then() -> None:
    before, module.TICK_SECONDS = module.TICK_SECONDS, 0.01
    try:
        assert resumed(News(), "ann", None) == []
    finally:
        module.TICK_SECONDS = before


def test_what_changes_while_it_ends_breaks_nothing() -> None:
    news = News()
    news.note("ann", "session", "a")
    news.close()
    news.note("ann", "session", "b")
    news.close()
    assert resumed(news, "ann", 0) == [Change("session")]


@pytest.mark.parametrize("is_known", [True, False])
def test_what_changes_for_all_between_a_page_and_its_connection_is_told(is_known: bool) -> None:
    news = News()
    if is_known:
        news.note("ann", "session", "s")
    drawn = news.number
    news.note_for_all("maintenance")
    assert Change("maintenance") in resumed(news, "ann", drawn)
    assert Change("maintenance") not in resumed(news, "ann", news.number)
