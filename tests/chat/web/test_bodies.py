"""Pages that are too large or wrongly packed."""

from __future__ import annotations

import asyncio
import tracemalloc
import zlib

import pytest

from chat.web.pages import PageLimits
from tests.chat.web.web_site import answer, browsing, failure, packed, served


def test_a_page_that_says_it_is_too_large_is_not_read() -> None:
    async def run() -> None:
        async def huge(writer: asyncio.StreamWriter) -> None:
            writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 99999999999\r\n\r\n")
            while not writer.is_closing():
                writer.write(b"x" * 65536)
                await writer.drain()

        async with served(huge) as site, browsing(limits=PageLimits(body=100_000)) as web:
            error = await failure(web.get(site.url))
            assert "larger than 0.1 MB" in error.message
            assert len(site.asked) == 1

    asyncio.run(run())


def test_a_page_without_a_length_is_cut_off_too() -> None:
    async def run() -> None:
        async def endless(writer: asyncio.StreamWriter) -> None:
            writer.write(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
            while not writer.is_closing():
                writer.write(b"400\r\n" + b"x" * 1024 + b"\r\n")
                await writer.drain()

        async with served(endless) as site, browsing() as web:
            assert "larger than 5 MB" in (await failure(web.get(site.url))).message

    asyncio.run(run())


def test_a_page_of_just_the_limit_is_read() -> None:
    async def run() -> None:
        body = b"x" * 100_000
        limits = PageLimits(body=100_000)
        async with served(answer(200, body), packed(body)) as site, browsing(limits=limits) as web:
            assert (await web.get(site.url)).body == body
            assert (await web.get(site.url)).body == body

    asyncio.run(run())


def test_a_small_packed_page_cannot_become_a_huge_one() -> None:
    async def run() -> None:
        bomb = packed(b"\0" * 50_000_000)
        assert len(bomb) < 60_000
        async with served(bomb, answer(200)) as site, browsing() as web:
            tracemalloc.start()
            assert "larger than 5 MB" in (await failure(web.get(site.url))).message
            assert tracemalloc.get_traced_memory()[1] < 25_000_000
            tracemalloc.stop()

    asyncio.run(run())


@pytest.mark.parametrize(
    ("body", "encoding", "said"),
    [
        (b"no gzip", "gzip", "cannot be unpacked"),
        (zlib.compress(b"x"), "deflate", "not asked for"),
        (b"x", "br", "not asked for"),
        (packed(b"x" * 1000).partition(b"\r\n\r\n")[2][:-10], "gzip", "broke off"),
    ],
    ids=["no gzip", "deflate", "br", "cut off"],
)
def test_wrongly_packed_pages(body: bytes, encoding: str, said: str) -> None:
    async def run() -> None:
        page = answer(200, body, Content_Encoding=encoding)
        async with served(page) as site, browsing() as web:
            assert said in (await failure(web.get(site.url))).message

    asyncio.run(run())
