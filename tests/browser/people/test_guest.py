"""A public demo, as its guests see it; and a Parley without a login, as strangers see it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import pytest
from playwright.sync_api import Browser, BrowserContext, expect
from websockets.exceptions import InvalidStatus
from websockets.sync.client import connect
from websockets.typing import Origin

from chat.people.identity import GUEST_COOKIE
from store import users
from store.database import Database
from tests.browser.analysts import form, open_form
from tests.browser.chat_tab import ChatTab
from tests.browser.conftest import USUAL
from tests.processes import SOON, Server


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """Parley for guests, with an offline model and small caps."""
    environment = {
        "PARLEY_AUTH": "guest",
        "PARLEY_GUEST_MESSAGES_PER_HOUR": "2",
        "PARLEY_GUEST_ADDRESS_MESSAGES_PER_HOUR": "1000",
        "PARLEY_GUEST_SESSIONS": "2",
        "PARLEY_GUEST_MESSAGE_MAX_CHARS": "40",
        "PARLEY_OFFLINE_TOKENS_PER_SECOND": "10000",
    }
    folder: Path = tmp_path_factory.mktemp("demo")
    with Server(folder, SOON | environment) as server:
        yield server
    assert "Traceback" not in server.log


@pytest.fixture
def guest(context: BrowserContext, demo: Server) -> Callable[[], ChatTab]:
    """Opens tabs of one guest."""

    def opened() -> ChatTab:
        tab = ChatTab(context.new_page(), demo.url)
        tab.open()
        return tab

    return opened


def test_a_guest_chats_and_comes_back(
    guest: Callable[[], ChatTab], context: BrowserContext, demo: Server
) -> None:
    chat = guest()
    [cookie] = [found for found in context.cookies() if found["name"] == GUEST_COOKIE]
    assert (cookie["httpOnly"], cookie["sameSite"], cookie["secure"]) == (True, "Lax", False)
    assert chat.page.evaluate("document.cookie").find(GUEST_COOKIE) == -1
    expect(chat.sidebar).to_contain_text("Guest ")
    expect(chat.sidebar).to_contain_text("Guest chats are deleted an hour after the last message.")
    chat.send("What lasts?")
    expect(chat.answers).to_have_count(1)
    session_id = chat.session_id
    chat.page.reload()
    expect(chat.questions).to_contain_text("What lasts?")
    other = guest()
    expect(other.sidebar).to_contain_text("What lasts?")
    database = Database(f"sqlite:///{demo.folder / 'data' / 'parley.db'}")
    database.open()
    with database.reading() as db:
        assert users.count(db) == 0  # guests are not people who log in
    database.close()
    assert session_id


def test_guests_do_not_see_each_other(
    guest: Callable[[], ChatTab], other: BrowserContext, demo: Server
) -> None:
    mine = guest()
    mine.send("Only mine")
    expect(mine.answers).to_have_count(1)
    theirs = ChatTab(other.new_page(), demo.url)
    theirs.open(mine.session_id)
    expect(theirs.sidebar).to_contain_text("Guest ")
    expect(theirs.page.get_by_text("Only mine")).to_have_count(0)


def test_a_page_from_the_cache_brings_a_cookie_too(
    guest: Callable[[], ChatTab], context: BrowserContext
) -> None:
    chat = guest()
    context.clear_cookies()
    chat.page.reload()
    expect(chat.composer).to_be_editable()
    assert GUEST_COOKIE in {found["name"] for found in context.cookies()}


def test_what_is_too_much_is_said_and_nothing_typed_is_lost(guest: Callable[[], ChatTab]) -> None:
    chat = guest()
    try_to_send(chat, "x" * 41)
    expect(chat.page.get_by_text("As a guest use at most 40.")).to_be_visible()
    expect(chat.composer).to_have_value("x" * 41)
    for number in range(2):
        chat.send(f"Number {number}")
        expect(chat.answers).to_have_count(number + 1)
    try_to_send(chat, "One more")
    expect(chat.page.get_by_text("Guests may send 2 messages an hour.")).to_be_visible()
    expect(chat.composer).to_have_value("One more")
    expect(chat.questions).to_have_count(2)
    # An analysis that is too much leaves no empty chat.
    chat.click("new-chat")
    expect(chat.messages).to_have_count(0)
    open_form(chat)
    form(chat, "@a")
    expect(chat.dialog).to_contain_text("Guests may send 2 messages an hour.")
    chat.page.keyboard.press("Escape")
    expect(chat.dialog).to_have_count(0)
    chat.page.reload()
    expect(chat.composer).to_be_editable()
    expect(chat.keys("open-")).to_have_count(1)


def try_to_send(chat: ChatTab, text: str) -> None:
    chat.composer.fill(text)
    chat.composer.press("Enter")


def test_copies_count_as_chats(guest: Callable[[], ChatTab]) -> None:
    chat = guest()
    chat.send("First")
    expect(chat.answers).to_have_count(1)
    rows, first = chat.keys("open-"), chat.session_id
    chat.act_on(first, "Duplicate")
    expect(rows).to_have_count(2)
    chat.act_on(first, "Duplicate")
    expect(chat.page.get_by_text("Guests may have 2 chats")).to_be_visible()
    expect(rows).to_have_count(2)


def status(url: str, **headers: str) -> tuple[int, str]:
    given = {name.replace("_", "-"): value for name, value in headers.items()}
    try:
        with urlopen(Request(url, headers=given)) as answer:
            return answer.status, answer.read().decode()
    except HTTPError as refusal:
        with refusal:
            return refusal.code, refusal.read().decode()


def opens(url: str, origin: str | None = None) -> int:
    """The status with which a WebSocket is answered; 101 lets it in."""
    address = f"{url.replace('http', 'ws', 1)}/_stcore/stream"
    try:
        with connect(address, origin=Origin(origin) if origin else None):
            return 101
    except InvalidStatus as refusal:
        return refusal.response.status_code


def test_strangers_are_told_what_to_do(browser: Browser, server: Server) -> None:
    """As a page that points its own name at this computer would find it."""
    for headers in ({"Host": "evil.example"}, {"X_Forwarded_For": "192.0.2.7"}):
        for path in ("/", "/manage", "/static/nothing.js"):
            code, text = status(f"{server.url}{path}", **headers)
            assert (code, "PARLEY_AUTH=password" in text) == (403, True)
        code, text = status(f"{server.url}/api/users/me", **headers)
        assert (code, '"code":"not_local"' in text) == (403, True)
        assert status(f"{server.url}/_stcore/health", **headers)[0] == 200
        assert status(f"{server.url}/api/health", **headers)[0] == 200
    assert status(server.url)[0] == 200


def test_other_sites_open_no_websocket(server: Server, demo: Server) -> None:
    """Streamlit by itself would let in any page of this computer, whatever its port."""
    for one in (server, demo):
        assert opens(one.url) == 101
        assert opens(one.url, origin=one.url) == 101
        for origin in ("https://evil.example", "http://127.0.0.1:1", "http://localhost:3000"):
            assert opens(one.url, origin=origin) == 403


def test_the_page_for_strangers_needs_nothing_from_elsewhere(
    browser: Browser, server: Server
) -> None:
    context = browser.new_context(**USUAL, extra_http_headers={"X-Forwarded-For": "192.0.2.7"})
    asked: list[str] = []
    context.on("request", lambda request: asked.append(request.url))
    try:
        page = context.new_page()
        page.goto(server.url)
        expect(page.get_by_role("heading")).to_have_text("Parley is not open to others")
        assert page.evaluate("getComputedStyle(document.body).maxWidth") == "608px"
        assert {url for url in asked if "favicon" not in url} == {f"{server.url}/"}
    finally:
        context.close()
