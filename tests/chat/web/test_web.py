"""Pages over real connections to local servers; see `test_web_safety` for what is refused."""

from __future__ import annotations

import asyncio
import subprocess
import sys
import tomllib
from datetime import UTC, datetime
from pathlib import Path

import pytest

from chat import VERSION
from chat.web.pages import Page
from chat.web.wire import USER_AGENT
from tests.chat.web.web_site import answer, browsing, failure, packed, served
from tests.processes import ROOT, free_port

NOON = datetime(2024, 5, 1, 12, tzinfo=UTC)


def test_a_page_comes_with_status_headers_and_text() -> None:
    async def run() -> None:
        body = '{"name": "Zoë"}'.encode()
        async with served(answer(200, body, X_Thing="a")) as site, browsing() as web:
            page = await web.get(f"{site.url}/a b?x=1#part", params={"q": "ä&b", "n": 2})
            assert (page.status, page.headers["x-thing"]) == (200, "a")
            assert (page.body.decode(), page.json()) == ('{"name": "Zoë"}', {"name": "Zoë"})
            assert site.paths == ["/a%20b?x=1&q=%C3%A4%26b&n=2"]
            assert page.url == f"{site.url}{site.paths[0]}"

    asyncio.run(run())


def test_it_says_who_asks_and_sends_what_it_was_given() -> None:
    async def run() -> None:
        async with served(answer()) as site, browsing() as web:
            await web.get(site.url, headers={"Authorization": "Bearer t", "accept": "text/html"})
            assert site.header("user-agent") == USER_AGENT
            assert site.header("host") == f"127.0.0.1:{site.port}"
            assert site.header("authorization") == "Bearer t"
            assert site.header("accept") == "text/html"
            assert site.header("cookie") is None

    asyncio.run(run())


def test_there_is_one_version() -> None:
    whole = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    assert whole["project"]["dynamic"] == ["version"]
    assert whole["tool"]["setuptools"]["dynamic"]["version"] == {"attr": "chat.VERSION"}
    assert USER_AGENT.startswith(f"Parley/{VERSION} (")


def test_cookies_are_not_kept_and_connections_are() -> None:
    async def run() -> None:
        async with served(answer(Set_Cookie="a=b")) as site, browsing() as web:
            await web.get(site.url)
            await web.get(site.url)
            assert site.header("cookie") is None
            assert (len(site.asked), site.connections) == (2, 1)

    asyncio.run(run())


def test_proxies_of_the_environment_are_not_used(monkeypatch: pytest.MonkeyPatch) -> None:
    async def run() -> None:
        async with served(answer()) as site, served(answer()) as proxy, browsing() as web:
            for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
                monkeypatch.setenv(name, proxy.url)
            await web.get(site.url)
            assert (len(site.asked), len(proxy.asked)) == (1, 0)

    asyncio.run(run())


def test_packed_pages_are_unpacked() -> None:
    async def run() -> None:
        async with served(packed(b"hello " * 1000)) as site, browsing() as web:
            assert (await web.get(site.url)).body == b"hello " * 1000

    asyncio.run(run())


def test_a_server_that_is_not_there() -> None:
    async def run() -> None:
        async with browsing() as web:
            error = await failure(web.get(f"http://127.0.0.1:{free_port()}/"))
            assert "nothing answers there" in error.message
            assert error.http_status is None

    asyncio.run(run())


def test_a_caller_that_gives_up_leaves_a_web_that_works() -> None:
    async def run() -> None:
        asked = asyncio.Event()

        async def wait(_: asyncio.StreamWriter) -> None:
            asked.set()
            await asyncio.Event().wait()

        async with served(wait, answer(200, b"yes")) as site, browsing() as web:
            getting = asyncio.ensure_future(web.get(site.url))
            await asked.wait()
            getting.cancel()
            await asyncio.gather(getting, return_exceptions=True)
            assert getting.cancelled()
            assert (await web.get(site.url)).body == b"yes"

    asyncio.run(run())


def test_many_at_once_share_the_connections() -> None:
    async def run() -> None:
        async with served(answer(200, b"yes")) as site, browsing() as web:
            pages = await asyncio.gather(*(web.get(site.url) for _ in range(60)))
            assert {page.body for page in pages} == {b"yes"}
            assert site.connections <= 20

    asyncio.run(run())


def test_a_closed_web_opens_again() -> None:
    async def run() -> None:
        async with served(answer(200, b"yes")) as site, browsing() as web:
            await web.aclose()
            await web.get(site.url)
            await web.aclose()
            assert (await web.get(site.url)).body == b"yes"

    asyncio.run(run())


@pytest.mark.parametrize("body", [b"", b"<html>", b"\xff\xfe", b"[" * 200_000])
def test_what_is_no_json_is_a_value_error(body: bytes) -> None:
    with pytest.raises(ValueError, match=r".*"):
        Page("http://x/", 200, {}, body).json()


@pytest.mark.process
def test_importing_it_is_cheap() -> None:
    code = "import sys, chat.web.web; print({'httpx2', 'httpcore2', 'openai'} & set(sys.modules))"
    ran = subprocess.run(
        [sys.executable, "-c", code], cwd=Path(ROOT), capture_output=True, text=True, check=True
    )
    assert ran.stdout == "set()\n"
