"""What is tried again, what is waited for, and for how long."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest

from chat.web.pages import PageLimits
from chat.web.refusals import in_words, retry_after
from tests.chat.web.web_site import Naps, answer, browsing, failure, served

NOON = datetime(2024, 5, 1, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("status", "retry", "said"),
    [
        (400, "", "did not understand"),
        (401, "", "wants a login or a key"),
        (403, "", "does not allow"),
        (404, "", "no such page"),
        (410, "", "no longer has"),
        (429, "", "no more questions for now"),
        (429, "3600", "wait about 60 minutes"),
        (500, "", "does not work right now"),
        (503, "120", "wait about 2 minutes"),
    ],
)
def test_refusals_name_the_host_and_no_secrets(status: int, retry: str, said: str) -> None:
    async def run() -> None:
        headers = {"Retry_After": retry} if retry else {}
        async with served(answer(status, b"secret", **headers)) as site, browsing() as web:
            url = f"{site.url}/path?token=secret"
            error = await failure(web.get(url, headers={"Authorization": "secret"}))
            assert said in error.message
            assert f"127.0.0.1:{site.port}" in error.message
            assert "secret" not in f"{error!r} {error} {error.__cause__!r}"
            assert error.http_status == status
            assert error.fix
            assert len(site.asked) == (3 if status in {429, 500} and not retry else 1)

    asyncio.run(run())


@pytest.mark.parametrize("status", [429, 500, 502, 503])
def test_what_works_at_the_second_or_third_try_works(status: int) -> None:
    async def run() -> None:
        naps = Naps()
        tries = (answer(status), answer(status, b"no"), answer(200, b"yes"))
        async with served(*tries) as site, browsing(sleep=naps) as web:
            assert (await web.get(site.url)).body == b"yes"
            assert naps.seconds == [0.5, 1.0]

    asyncio.run(run())


def test_the_wait_that_a_server_asks_for_is_kept() -> None:
    async def run() -> None:
        naps = Naps()
        date = format_datetime(datetime.now(UTC) + timedelta(seconds=8), usegmt=True)
        tries = (answer(429, Retry_After="7"), answer(503, Retry_After=date), answer(200, b"yes"))
        async with served(*tries) as site, browsing(sleep=naps) as web:
            assert (await web.get(site.url)).body == b"yes"
        assert naps.seconds[0] == 7
        assert 5 < naps.seconds[1] <= 8

    asyncio.run(run())


def test_a_long_wait_is_told_instead_of_kept() -> None:
    async def run() -> None:
        naps = Naps()
        async with served(answer(429, Retry_After="11")) as site, browsing(sleep=naps) as web:
            error = await failure(web.get(site.url))
            assert "wait 11 seconds" in error.message
            assert (error.retry_after, naps.seconds, len(site.asked)) == (11, [], 1)

    asyncio.run(run())


async def hang_up(writer: asyncio.StreamWriter) -> None:
    writer.transport.abort()


async def half(writer: asyncio.StreamWriter) -> None:
    writer.write(answer(200, b"whole")[:-2])
    await writer.drain()


@pytest.mark.parametrize("broken", [hang_up, half], ids=lambda step: step.__name__)
def test_a_connection_that_breaks_is_tried_again(
    broken: Callable[[asyncio.StreamWriter], Awaitable[None]],
) -> None:
    async def run() -> None:
        async with served(broken, broken, answer(200, b"yes")) as site, browsing() as web:
            assert (await web.get(site.url)).body == b"yes"
        async with served(broken) as site, browsing() as web:
            error = await failure(web.get(site.url))
            assert "broke off" in error.message
            assert len(site.asked) == 3

    asyncio.run(run())


async def silence(writer: asyncio.StreamWriter) -> None:
    await asyncio.Event().wait()


async def drip(writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n")
    while not writer.is_closing():
        writer.write(b"x")
        await writer.drain()
        await asyncio.sleep(0.01)


def test_a_server_that_says_nothing_is_not_waited_for() -> None:
    async def run() -> None:
        async with served(silence) as site, browsing(limits=PageLimits(read=0.1)) as web:
            error = await failure(web.get(site.url))
            assert "does not answer" in error.message
            assert len(site.asked) == 1

    asyncio.run(run())


def test_a_server_that_is_slow_without_end_is_not_waited_for() -> None:
    async def run() -> None:
        async with served(drip) as site, browsing(limits=PageLimits(total=0.3)) as web:
            error = await failure(web.get(site.url))
            assert "took longer than 0.3 seconds" in error.message

    asyncio.run(run())


def test_the_total_time_is_for_all_tries_and_redirects() -> None:
    async def run() -> None:
        async with served(answer(503)) as site:
            limits = PageLimits(total=0.3)
            async with browsing(limits=limits, sleep=lambda _: asyncio.Event().wait()) as web:
                assert "took longer" in (await failure(web.get(site.url))).message

    asyncio.run(run())


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        ("0", 0),
        (" 120 ", 120),
        ("Wed, 01 May 2024 12:00:30 GMT", 30),
        ("Wed, 01 May 2024 11:00:00 GMT", 0),
        ("Wed, 01 May 2024 12:00:30 -0000", 30),
        ("", None),
        ("soon", None),
        ("-5", None),
        ("1.5", None),
        ("٣", None),
        ("Wed, 99 May 2024 12:00:30 GMT", None),
        ("9" * 400, 999_999_999_999),
    ],
)
def test_retry_after(header: str, seconds: float | None) -> None:
    assert retry_after(header, NOON) == seconds


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0.2, "1 second"),
        (11, "11 seconds"),
        (90, "about 2 minutes"),
        (7200, "about 2 hours"),
        (200_000, "about 2 days"),
    ],
)
def test_waits_in_words(seconds: float, words: str) -> None:
    assert in_words(seconds) == words
