"""A real Chromium, Parley as a process, a scripted model, and a fresh profile for each test."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright
from playwright.sync_api import Error as PlaywrightError

from store import sessions
from store.database import Database
from store.users import LOCAL_USER
from tests.browser import chromium
from tests.browser.chat_tab import ChatTab
from tests.browser.house import House, opened_house
from tests.browser.other_hosts import OtherHosts
from tests.processes import SOON, Server
from tests.scripted_model import ScriptedModel

TIMEOUT_MS = 20_000
"""Nothing takes that long but on a machine that is busy with more than these tests."""
# A server that is killed or restarted is looked for until it is back.
HARMLESS = (
    "net::ERR_CONNECTION_REFUSED",
    "net::ERR_CONNECTION_RESET",
    "net::ERR_INCOMPLETE_CHUNKED_ENCODING",
    "net::ERR_CONTENT_LENGTH_MISMATCH",
    "WebSocket onerror",
    "No response received when attempting to reach /_stcore/",
    "Streamlit server is not responding.",
    "Cannot send rerun backMessage when disconnected from server.",
    # A timer of the page asked in the moment in which the server ended.
    "WebSocket is already in CLOSING or CLOSED state.",
    # The browser itself says so of every answer that is an error; the page says what it means.
    *(
        f"the server responded with a status of {status} "
        for status in (401, 404, 413, 422, 429, 502, 503)
    ),
)
KEEPS_NOTHING = "localStorage.clear(); Storage.prototype.setItem = () => {}"
USUAL: dict[str, Any] = {"viewport": {"width": 1280, "height": 800}, "locale": "en-US"}

OpenTab = Callable[..., ChatTab]


class Profiles:
    """Browsers by how they differ from the usual one; kept, for an empty cache costs two seconds.

    The first page of each stays open, and with it the process that all of its pages share.
    """

    def __init__(self, browser: Browser, stays: str) -> None:
        self._browser = browser
        self._stays = stays
        self._opened: dict[str, BrowserContext] = {}

    def of(self, options: dict[str, Any], another: bool = False) -> BrowserContext:
        """The one with these options, or another with the same."""
        key = repr((options, another))
        if key not in self._opened:
            self._opened[key] = self._browser.new_context(**USUAL | options)
            self._opened[key].new_page().goto(self._stays)
        return self._opened[key]

    def close(self) -> None:
        """Close all."""
        for context in self._opened.values():
            context.close()


@pytest.fixture(scope="package")
def other_hosts() -> Iterator[OtherHosts]:
    """What all pages together ask of other hosts; a listener in each page costs a tenth second."""
    with OtherHosts() as proxy:
        yield proxy


@pytest.fixture(scope="package")
def browser(other_hosts: OtherHosts) -> Iterator[Browser]:
    """Chromium for this folder; Playwright's loop must not run on while other tests use asyncio."""
    expect.set_options(timeout=TIMEOUT_MS)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=chromium.find(),
            args=list(chromium.ARGUMENTS),
            proxy=other_hosts.proxy,  # type: ignore[arg-type]
        )
        yield browser
        browser.close()


@pytest.fixture
def console_errors() -> list[str]:
    """What the pages of this test's context complained about so far."""
    return []


@pytest.fixture
def context_options() -> dict[str, Any]:
    """How this test's browser differs from the usual one; for ``parametrize``."""
    return {}


@pytest.fixture(scope="package")
def profiles(browser: Browser, model_server: ScriptedModel) -> Iterator[Profiles]:
    """The browsers of this folder."""
    profiles = Profiles(browser, f"{model_server.base_url}/models")
    yield profiles
    profiles.close()


@pytest.fixture
def context(
    profiles: Profiles,
    other_hosts: OtherHosts,
    console_errors: list[str],
    context_options: dict[str, Any],
) -> Iterator[BrowserContext]:
    """A profile without cookies or open tabs; ``new_page()`` is another tab of the same person.

    At the end: nothing was complained about, and no other host was asked for anything.
    """
    context = profiles.of(context_options)
    context.set_default_timeout(TIMEOUT_MS)
    other_hosts.asked.clear()
    listeners: dict[str, Callable[[Any], None]] = {
        "weberror": lambda error: console_errors.append(str(error.error)),
        "console": lambda line: console_errors.append(line.text) if line.type == "error" else None,
    }
    for name, listener in listeners.items():
        context.on(name, listener)  # type: ignore[call-overload]
    yield context
    for name, listener in listeners.items():
        context.remove_listener(name, listener)
    for page in context.pages[1:]:
        with suppress(PlaywrightError):  # it may be closed, or on no page at all
            page.evaluate(KEEPS_NOTHING)
        page.close()
    context.clear_cookies()
    assert other_hosts.asked == []
    assert [text for text in console_errors if not any(part in text for part in HARMLESS)] == []


@pytest.fixture
def page(context: BrowserContext) -> Page:
    """One tab."""
    return context.new_page()


@pytest.fixture(scope="package")
def shared_server(
    model_server: ScriptedModel, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Server]:
    """Parley for those tests of this folder that leave it alive."""
    folder = tmp_path_factory.mktemp("parley")
    with Server(folder, SOON | {"OPENAI_BASE_URL": model_server.base_url}) as server:
        yield server


@pytest.fixture
def server(shared_server: Server) -> Iterator[Server]:
    """Parley; at the end its log has no traceback of this test."""
    before = len(shared_server.log)
    yield shared_server
    assert "Traceback" not in shared_server.log[before:]


@pytest.fixture(scope="package")
def shared_database(shared_server: Server) -> Iterator[Database]:
    """The server's database, opened by the tests as well."""
    database = Database(f"sqlite:///{shared_server.folder / 'data' / 'parley.db'}")
    database.open()
    yield database
    database.close()


@pytest.fixture
def database(shared_database: Database) -> Database:
    """The server's database, with an empty list."""
    with shared_database.transaction() as db:
        sessions.trash_all(db, user_id=LOCAL_USER)
    return shared_database


@pytest.fixture
def tab(context: BrowserContext, server: Server, database: Database, model: object) -> OpenTab:
    """Opens tabs of one person on the shared server: ``tab()`` or ``tab(session_id)``."""

    def opened(session_id: str = "") -> ChatTab:
        chat = ChatTab(context.new_page(), server.url)
        chat.open(session_id)
        return chat

    return opened


@pytest.fixture
def chat(tab: OpenTab) -> ChatTab:
    """One tab with a new chat."""
    return tab()


@pytest.fixture(scope="package")
def shared_house(
    tmp_path_factory: pytest.TempPathFactory, model_server: ScriptedModel
) -> Iterator[House]:
    """Parley with passwords and an administrator, for all who log in."""
    with opened_house(tmp_path_factory.mktemp("house"), model_server) as house:
        house.add("root", role="admin")
        yield house


@pytest.fixture
def house(shared_house: House) -> Iterator[House]:
    """The same; at the end its log has no traceback of this test."""
    before = len(shared_house.server.log)
    yield shared_house
    assert "Traceback" not in shared_house.server.log[before:]


@pytest.fixture
def other(profiles: Profiles) -> Iterator[BrowserContext]:
    """Another browser in which nobody is logged in."""
    elsewhere = profiles.of({}, another=True)
    elsewhere.set_default_timeout(TIMEOUT_MS)
    yield elsewhere
    for page in elsewhere.pages[1:]:
        page.close()
    elsewhere.clear_cookies()
