"""Parley with local servers in place of social media and of iFixit, for the tests of both."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import Locator, expect

from store.database import Database
from tests.browser.chat_tab import ChatTab
from tests.browser.conftest import TIMEOUT_MS
from tests.ifixit_server import IFixit
from tests.lab import Lab, addresses
from tests.processes import SOON, Server
from tests.social_server import SocialServer

QUESTION = "Analyze @a and @b, who mentions more AI tools?"
CARD_A, CARD_B = "profile-a-bsky-social", "profile-b-bsky-social"


@dataclass
class HousedLab(Lab):
    """The same with the process."""

    server: Server

    def watched(self) -> Iterator[Server]:
        """The server for one test; at the end nothing is held and the log has no traceback."""
        before = len(self.server.log)
        yield self.server
        self.let_go()
        assert "Traceback" not in self.server.log[before:]


@contextmanager
def lab(folder: Path, **environment: str) -> Iterator[HousedLab]:
    """Such a Parley; without a model unless the environment names one.

    The first tool call, analysis and chart of a process wait for what they import.
    """
    expect.set_options(timeout=3 * TIMEOUT_MS)
    with SocialServer() as social, IFixit() as ifixit:
        for name, value in addresses(social, ifixit).items():
            environment[f"PARLEY_{name.upper()}"] = str(value).lower()
        with Server(folder, SOON | environment) as server:
            database = Database(f"sqlite:///{folder / 'data' / 'parley.db'}")
            database.open()
            yield HousedLab(social, ifixit, database, server)
            database.close()
    expect.set_options(timeout=TIMEOUT_MS)


def open_form(chat: ChatTab) -> None:
    """A click on the button, wherever it is now."""
    chat.page.get_by_role("main").get_by_role("button", name="Analyze a profile").click()
    expect(chat.dialog).to_be_visible()


def form(chat: ChatTab, handle: str, source: str = "") -> None:
    """Fill in the form, which is open, and send it."""
    if source:
        chat.dialog.get_by_role("combobox").click()
        chat.page.get_by_role("option", name=source).click()
    field = chat.dialog.get_by_role("textbox", name="Name" if source == "File" else "Handle")
    field.fill(handle)
    chat.dialog.get_by_role("button", name="Analyze", exact=True).click()


def fits(chat: ChatTab) -> None:
    """Nothing of the page is wider than the screen."""
    wide = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
    assert chat.page.evaluate(wide) <= 0
    main = chat.page.get_by_role("main")
    assert main.evaluate("it => it.scrollWidth - it.clientWidth") <= 0


def end(place: Locator) -> dict[str, float]:
    """Where it is on the page."""
    found: dict[str, float] = place.evaluate("it => it.getBoundingClientRect().toJSON()")
    return found
