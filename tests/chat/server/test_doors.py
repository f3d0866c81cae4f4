"""Who may come in, and what whoever comes gets."""

from __future__ import annotations

import asyncio
import json
import re
from typing import Any

import pytest

from chat.people.identity import GUEST_COOKIE
from chat.server.doors import Doors
from chat.server.headers import HEADERS
from tests.chat.server.conftest import ELSEWHERE, HASH, JSON, NO_PAGES, PAGE, App


def test_strangers_get_a_page_that_says_what_to_do(make: Any) -> None:
    for strange in ({"client": ELSEWHERE}, {"host": "evil.example"}, {"x_forwarded_for": "::1"}):
        for path in ("/", "/manage", "/_stcore/host-config", "/static/js/index.js", "/apifoo"):
            reply = make().ask(path, **strange)
            assert reply.status == 403
            text = reply.body.decode()
            for mode in ("password", "guest", "oidc", "off"):
                assert f"PARLEY_AUTH={mode}" in text
            assert not re.search(r"src=|href=|url\(|@import|<script", text)
            assert "<h1>" in text
            assert f"script-src 'self' blob: {HASH};" in reply.header("content-security-policy")


@pytest.mark.parametrize("path", ["/api", "/api/users/me", "/api/"])
@pytest.mark.parametrize("method", ["GET", "POST", "OPTIONS"])
def test_strangers_get_an_error_of_the_api(make: Any, path: str, method: str) -> None:
    reply = make().ask(path, client=ELSEWHERE, method=method)
    assert (reply.status, reply.header("content-type")) == (403, "application/json")
    error = json.loads(reply.body)["error"]
    assert error["code"] == "not_local"
    assert "PARLEY_AUTH" in error["fix"]
    assert error["message"]


@pytest.mark.parametrize("path", ["/_stcore/health", "/api/health"])
def test_anybody_may_ask_for_health(make: Any, path: str) -> None:
    assert make().ask(path, client=ELSEWHERE, host="evil.example").body == b"onetwo"
    assert make().ask(path + "/more", client=ELSEWHERE).status == 403


@pytest.mark.parametrize("auth", ["off", "password", "guest", "oidc"])
def test_chosen_on_purpose_it_is_open(make: Any, auth: str) -> None:
    door = make(auth, hosts="chat.example.org")
    assert door.ask(client=ELSEWHERE, host="chat.example.org").status == 200
    assert door.opens(client=ELSEWHERE, host="chat.example.org")


def test_a_repeated_host_is_not_from_here(make: Any) -> None:
    door = make()
    scope_headers = [(b"host", b"evil.example"), (b"host", b"localhost")]
    sent: list[Any] = []

    async def send(message: Any) -> None:
        sent.append(message)

    scope = {"type": "http", "path": "/", "method": "GET", "scheme": "http"}
    full = {**scope, "client": ("127.0.0.1", 1), "headers": scope_headers}
    asyncio.run(Doors(App(200, PAGE), door.started(), NO_PAGES)(full, None, send))  # type: ignore[arg-type]
    assert sent[0]["status"] == 403


def test_the_websocket_is_for_this_computer_too(make: Any) -> None:
    assert make().opens()
    assert make().opens(host="localhost:8501", origin="http://localhost:8501")
    assert not make().opens(client=ELSEWHERE)
    assert not make().opens(host="evil.example:8501", origin="http://evil.example:8501")
    assert not make().opens(x_forwarded_for="127.0.0.1")


SAME = [
    ("chat.example.org", "https://chat.example.org"),
    ("chat.example.org:443", "https://chat.example.org"),
    ("Chat.example.org", "https://chat.example.ORG:443"),
    ("chat.example.org:80", "http://chat.example.org"),
    ("chat.example.org:8501", "http://chat.example.org:8501"),
    ("[2001:db8::1]:8501", "http://[2001:db8::1]:8501"),
]
OTHER = [
    ("chat.example.org", "https://evil.example"),
    ("chat.example.org", "https://chat.example.org.evil.example"),
    ("chat.example.org", "https://chat.example.org@evil.example"),
    ("chat.example.org", "https://evil.example/chat.example.org"),
    ("localhost:8501", "http://localhost:3000"),
    ("localhost:8501", "http://127.0.0.1:8501"),
    ("chat.example.org:8443", "https://chat.example.org"),
    ("chat.example.org", "null"),
    ("chat.example.org", ""),
    ("", "null"),
    ("", "http://"),
    ("chat.example.org", "https://[::1"),
]


@pytest.mark.parametrize("auth", ["", "off", "password", "guest", "oidc"])
def test_pages_of_other_sites_open_no_websocket(make: Any, auth: str) -> None:
    door = make(auth, hosts="chat.example.org" if auth == "off" else "")
    for host, origin in OTHER:
        assert not door.opens(host=host, origin=origin), (host, origin)
    if auth:
        for host, origin in SAME:
            assert door.opens(host=host, origin=origin), (host, origin)
        assert door.opens(host="chat.example.org")  # no browser


def test_a_guest_gets_a_cookie_with_the_page(make: Any) -> None:
    door = make("guest")
    for path in ("/", "/chat", "/manage", "/nothing-here"):
        reply = door.ask(path)
        assert door.identities.is_guest_cookie(reply.cookie)
        attributes = reply.header("set-cookie").split("; ")[1:]
        assert sorted(a.lower() for a in attributes) == [
            *("httponly", "max-age=2592000", "path=/", "samesite=lax")
        ]
        assert reply.header("cache-control") == "no-store"
    assert door.ask().cookie != door.ask().cookie
    assert door.ask(scheme="https").header("set-cookie").endswith("Secure")
    assert door.ask(x_forwarded_proto="https").header("set-cookie").endswith("Secure")


def test_whoever_has_one_keeps_it(make: Any) -> None:
    door = make("guest")
    cookie = door.ask().cookie
    assert not door.ask(cookie=f"a=b; {GUEST_COOKIE}={cookie}").header("set-cookie")
    for bad in ("", "x", cookie[:-2], cookie + "x", "é", '"' * 9):
        assert door.ask(cookie=f"{GUEST_COOKIE}={bad}").cookie not in ("", cookie)


def test_a_page_the_browser_has_already_gives_one_too(make: Any) -> None:
    door = make("guest")
    again = {"status": 304, "answers": {"etag": "x"}}
    assert door.ask(accept="text/html,application/xhtml+xml,*/*;q=0.8", **again).cookie
    assert not door.ask("/favicon.png", accept="image/*,*/*;q=0.8", **again).cookie


def test_nothing_else_gives_one(make: Any) -> None:
    door = make("guest")
    for path in (
        *("/api/users/me", "/api", "/api/docs", "/_stcore/health", "/_stcore/host-config"),
        *("/static/js/a.js", "/component/a/index.html", "/media/a.html", "/auth/login"),
    ):
        assert not door.ask(path).header("set-cookie"), path
    assert not door.ask("/data.json", answers=JSON).header("set-cookie")
    assert not door.ask("/x", status=404).header("set-cookie")
    assert not door.ask("/", status=500).header("set-cookie")
    assert not door.ask(method="POST").header("set-cookie")
    for auth in ("", "off", "password", "oidc"):
        assert not make(auth).ask().header("set-cookie")


def test_answers_go_through_as_they_come(make: Any) -> None:
    for auth in ("", "guest"):
        bodies = [m.get("body") for m in make(auth).ask().sent if "body" in m]
        assert bodies == [b"one", b"two"]


def test_what_is_no_request_goes_through(make: Any) -> None:
    app = App(200, PAGE)
    asyncio.run(Doors(app, make().started(), NO_PAGES)({"type": "lifespan"}, None, None))  # type: ignore[arg-type]
    assert app.came == ["lifespan"]


def test_transport_security_only_over_https(make: Any) -> None:
    door = make()
    assert not door.ask().header("strict-transport-security")
    assert door.ask(scheme="https").header("strict-transport-security") == "max-age=31536000"
    forwarded = make("off").ask(x_forwarded_proto="https, http")
    assert forwarded.header("strict-transport-security")
    for name, value in HEADERS.items():
        assert door.ask().header(name.lower()) == value
