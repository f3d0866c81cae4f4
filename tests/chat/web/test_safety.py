"""What tools must not reach, carry along, or swallow."""

from __future__ import annotations

import asyncio

import pytest

from chat.config import Settings
from chat.web.web import Web
from tests.chat.web.web_site import Names, answer, browsing, failure, served

HERE = ["127.0.0.1"]


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1:{port}/",
        "http://localhost:{port}/",
        "http://2130706433:{port}/",
        "http://0x7f.1:{port}/",
        "http://0:{port}/",
        "http://[::1]:{port}/",
        "http://[::ffff:127.0.0.1]:{port}/",
    ],
)
def test_this_machine_is_refused_however_it_is_written(url: str) -> None:
    async def run() -> None:
        async with served(answer()) as site, browsing(private=False) as web:
            error = await failure(web.get(url.format(port=site.port)))
            assert "private network" in error.message or "no server called" in error.message
            assert site.connections == 0

    asyncio.run(run())


def test_a_name_is_refused_when_any_of_its_addresses_is_private() -> None:
    async def run() -> None:
        names = Names(mixed_example=[["93.184.216.34", "127.0.0.1"]])
        async with served(answer()) as site, browsing(private=False, resolve=names) as web:
            error = await failure(web.get(f"http://mixed.example:{site.port}/"))
            assert error.message.startswith("mixed.example is in a private network")
            assert "PARLEY_PRIVATE_ADDRESSES" in error.fix
            assert site.connections == 0

    asyncio.run(run())


def test_a_name_that_changes_its_mind_changes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """Asked once for each connection; what it says is what is checked and what is connected to."""

    async def run() -> None:
        names = Names(rebound_example=[HERE, ["10.0.0.1"]])
        async with (
            served(answer(200, b"yes", Connection="close")) as site,
            browsing(private=False, resolve=names) as web,
        ):
            url = f"http://rebound.example:{site.port}/"
            assert (await web.get(url)).body == b"yes"
            assert names.asked == ["rebound.example"]
            error = await failure(web.get(url))
            assert "private network" in error.message
            assert (len(names.asked), site.connections) == (2, 1)

    monkeypatch.setattr("chat.web.wire.is_public", lambda text: text == HERE[0])
    monkeypatch.setattr("chat.web.wire.PORTS", range(65_536))
    asyncio.run(run())


@pytest.mark.parametrize("private", [False, True])
def test_only_the_webs_own_ports_are_asked_outside(
    monkeypatch: pytest.MonkeyPatch, private: bool
) -> None:
    """127.0.0.1 counts as public here; what the settings name may be anywhere."""

    async def run() -> None:
        names = Names(site_example=[HERE], service_example=[HERE])
        async with served(answer(200, b"yes")) as site:
            url = f"http://service.example:{site.port}/api"
            settings = Settings(private_addresses=private, mastodon_url=url)
            web = Web(settings, resolve=names)
            error = await failure(web.get(f"http://site.example:{site.port}/"))
            assert f"site.example:{site.port} is no place for web pages" in error.message
            assert site.connections == 0
            assert (await web.get(url)).body == b"yes"
            await web.aclose()

    monkeypatch.setattr("chat.web.wire.is_public", lambda text: text == HERE[0])
    asyncio.run(run())


def test_a_checked_address_is_used_with_the_name_as_host() -> None:
    async def run() -> None:
        names = Names(site_example=[HERE])
        async with served(answer(200, b"yes")) as site, browsing(resolve=names) as web:
            await web.get(f"http://site.example:{site.port}/")
            await web.get(f"http://site.example:{site.port}/")
            assert site.header("host") == f"site.example:{site.port}"
            assert names.asked == ["site.example"]
            assert site.connections == 1

    asyncio.run(run())


def test_the_next_address_is_used_when_one_lets_nobody_in() -> None:
    async def run() -> None:
        names = Names(site_example=[["127.0.0.2", "127.0.0.1"]])
        async with served(answer(200, b"yes")) as site, browsing(resolve=names) as web:
            page = await web.get(f"http://site.example:{site.port}/")
            assert page.body == b"yes"

    asyncio.run(run())


@pytest.mark.parametrize("host", ["nowhere.example", "a" * 64 + ".example", "xn--a.example"])
def test_a_name_that_nobody_has(host: str) -> None:
    async def run() -> None:
        async with browsing(resolve=Names()) as web:
            error = await failure(web.get(f"http://{host}/path?token=secret"))
            assert "secret" not in str(error)
            assert host in error.message or "no address" in error.message

    asyncio.run(run())


@pytest.mark.parametrize(
    "url",
    [
        "ftp://site.example/",
        "file:///etc/passwd",
        "gopher://site.example/",
        "javascript:alert(1)",
        "//site.example/",
        "site.example",
        "http://",
        "http:///path",
        "http://[",
        "http://site.example:99999/",
        "http://site.example:0/",
        "http://a%62c.example/",
        "http://[fe80::1%25eth0]/",
        "http://site.example\r\nX: y/",
        "http://user:secret@site.example/",
        "http://secret@site.example/",
        "",
    ],
)
def test_addresses_that_are_none(url: str) -> None:
    async def run() -> None:
        names = Names(site_example=[HERE])
        async with browsing(resolve=names) as web:
            error = await failure(web.get(url))
            assert "secret" not in str(error)
            assert error.fix
            assert names.asked == []

    asyncio.run(run())


def test_redirects_are_followed() -> None:
    async def run() -> None:
        steps = [answer(status, Location=f"/{status}") for status in (301, 302, 303, 307, 308)]
        async with served(*steps, answer(200, b"yes")) as site, browsing() as web:
            page = await web.get(f"{site.url}/start", params={"q": "x"}, headers={"x-own": "1"})
            assert (page.body, page.url) == (b"yes", f"{site.url}/308")
            assert site.paths == ["/start?q=x", "/301", "/302", "/303", "/307", "/308"]
            assert site.header("x-own") == "1"

    asyncio.run(run())


def test_endless_redirects_end() -> None:
    async def run() -> None:
        async with served(answer(302, Location="/again")) as site, browsing() as web:
            error = await failure(web.get(site.url))
            assert "again and again" in error.message
            assert len(site.asked) == 6

    asyncio.run(run())


def test_a_redirect_into_a_private_network_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """127.0.0.1 counts as public here, so that the outside has somewhere to be."""

    async def run() -> None:
        names = Names(outside_example=[HERE], inside_example=[["10.0.0.1", *HERE]])
        async with served(answer(200, b"inside")) as inside:
            to = f"http://inside.example:{inside.port}/admin"
            async with (
                served(answer(302, Location=to)) as outside,
                browsing(private=False, resolve=names) as web,
            ):
                error = await failure(web.get(f"http://outside.example:{outside.port}/"))
            assert "inside.example is in a private network" in error.message
            assert (len(outside.asked), inside.connections) == (1, 0)

    monkeypatch.setattr("chat.web.wire.is_public", lambda text: text == HERE[0])
    monkeypatch.setattr("chat.web.wire.PORTS", range(65_536))
    asyncio.run(run())


@pytest.mark.parametrize(
    "location", ["file:///etc/passwd", "ftp://x.example/", "http://[", "http://u:secret@x.example/"]
)
def test_a_redirect_to_something_else_is_refused(location: str) -> None:
    async def run() -> None:
        async with served(answer(302, Location=location)) as site, browsing() as web:
            error = await failure(web.get(site.url))
            assert "secret" not in str(error)
            assert len(site.asked) == 1

    asyncio.run(run())


def test_own_headers_stay_with_the_first_host() -> None:
    async def run() -> None:
        async with served(answer(200, b"yes")) as other:
            back = answer(302, Location=f"http://other.example:{other.port}/")
            async with served(answer(302, Location="/second"), back) as first:
                names = Names(first_example=[HERE], other_example=[HERE])
                async with browsing(resolve=names) as web:
                    headers = {"Authorization": "Bearer secret", "X-Own": "1"}
                    url = f"http://first.example:{first.port}/"
                    await web.get(url, headers=headers)
            assert first.header("authorization", 0) == "Bearer secret"
            assert first.header("authorization", 1) == "Bearer secret"
            assert other.header("authorization") is None
            assert other.header("x-own") is None
            assert other.header("user-agent")

    asyncio.run(run())


def test_own_headers_do_not_come_back_after_a_detour() -> None:
    async def run() -> None:
        async with served(answer()) as other:
            here = answer(302, Location=f"{other.url}/")
            async with served(here, answer(200, b"yes")) as first, browsing() as web:
                other.answers = [answer(302, Location=f"{first.url}/end")]
                page = await web.get(first.url, headers={"Authorization": "Bearer secret"})
                assert page.body == b"yes"
                assert first.header("authorization", 1) is None

    asyncio.run(run())
