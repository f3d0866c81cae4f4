"""Parley with local servers in place of social media and of iFixit, for the tests of both."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from playwright.sync_api import Locator, expect

from store import profiles, sessions
from store.database import Database
from store.users import LOCAL_USER
from store.values import SessionKey
from tests.browser.chat_tab import ChatTab
from tests.browser.conftest import TIMEOUT_MS
from tests.ifixit_server import BATTERY, IFixit
from tests.processes import Server
from tests.social_server import NOON, SocialServer, post
from tests.store.samples import exchange, make

QUESTION = "Analyze @a and @b, who mentions more AI tools?"
CARD_A, CARD_B = "profile-a-bsky-social", "profile-b-bsky-social"

ODD: tuple[dict[str, Any], ...] = (
    {"source": "x", "handle": "none"},
    {"source": "file", "handle": "none", "post_count": 3},
    {"source": "x", "handle": "none-x", "post_count": "many", "computed": [], "asked": "x"},
    {
        "source": "feed",
        "handle": "https://e.org/a?b=<i>&d=%20#`x`",
        "post_count": 3,
        "notes": "abc",
        "followers": True,
        "computed": {
            "times": ["x", None, 1e30, -5, 1_700_000_000],
            "rhythm": {"per_week": "often"},
            "engagement": {"likes": {}, "views": 3},
            "languages": [["a"], ["b", 2], 7],
            "mentions": {"x": "y"},
            "top_posts": [None, {"text": 5, "url": "javascript:alert(1)", "engagement": "x"}],
        },
        "asked": {
            "status": "complete",
            "products": [None, {"name": 7}, {"name": "Z", "post_ids": 4}],
        },
    },
)
"""Results of an older shape, or damaged; three of them have nothing to draw."""


@dataclass
class Lab:
    """The process, what it asks, and its database, which the tests open as well."""

    server: Server
    social: SocialServer
    ifixit: IFixit
    database: Database

    def watched(self) -> Iterator[Server]:
        """The server for one test; at the end nothing is held and the log has no traceback."""
        before = len(self.server.log)
        yield self.server
        self.social.gate.set()
        self.ifixit.gate.set()
        assert "Traceback" not in self.server.log[before:]

    def emptied(self) -> Database:
        """The database with an empty list; accounts and guides are as they are at first."""
        self.social.reset()
        self.social.add("a", posts=[post("ChatGPT and Cursor", likes=5)] * 6, name="Ann A")
        self.social.add("b", posts=[post("Cake again", likes=2)] * 3, name="Bob B")
        self.ifixit.status, self.ifixit.guides = 200, [BATTERY]
        with self.database.transaction() as db:
            sessions.trash_all(db, user_id=LOCAL_USER)
        return self.database

    def chat(self, title: str = "A chat", persona: str = "default") -> SessionKey:
        """The place of a session with one exchange."""
        with self.database.transaction() as db:
            place = make(db, LOCAL_USER, title=title, persona=persona)
            exchange(db, place, "Earlier", "Earlier answer")
        return place

    def keep(self, place: SessionKey, *results: Mapping[str, Any]) -> None:
        """Store results, the last one is the newest."""
        with self.database.transaction() as db:
            for number, one in enumerate(results):
                result = dict(one)
                profiles.save(
                    db,
                    place,
                    source=result.pop("source"),
                    handle=result.pop("handle"),
                    result=result,
                    now=datetime.now(UTC) + timedelta(seconds=number),
                )

    def kept(self, session_id: str) -> list[str]:
        """The handles of what is stored for a session of the local user."""
        with self.database.reading() as db:
            found = profiles.of_session(db, SessionKey(LOCAL_USER, session_id))
        return [row.handle for row in found]


@contextmanager
def lab(folder: Path, **environment: str) -> Iterator[Lab]:
    """Such a Parley; without a model unless the environment names one.

    The first tool call, analysis and chart of a process wait for what they import.
    """
    expect.set_options(timeout=3 * TIMEOUT_MS)
    with SocialServer() as social, IFixit() as ifixit:
        for name, value in social.settings().items():
            environment[f"PARLEY_{name.upper()}"] = str(value).lower()
        environment["PARLEY_IFIXIT_URL"] = ifixit.url
        with Server(folder, environment) as server:
            database = Database(f"sqlite:///{folder / 'data' / 'parley.db'}")
            database.open()
            yield Lab(server, social, ifixit, database)
            database.close()
    expect.set_options(timeout=TIMEOUT_MS)


def result(handle: str, *, source: str = "bluesky", **more: Any) -> dict[str, Any]:
    """One as it is stored, with what the panel draws."""
    times = [int((NOON - timedelta(hours=24 * 7 * week)).timestamp()) for week in range(4)]
    top = {"id": "1", "text": "The best of all", "url": "https://example.com/1", "engagement": 7}
    return {
        "source": source,
        "handle": handle,
        "name": handle.title(),
        "followers": 1234,
        "post_count": len(times),
        "computed": {
            "times": times,
            "rhythm": {"per_week": 1.25, "median_gap_hours": 168.0},
            "engagement": {"likes": {"mean": 2.5}},
            "top_posts": [top],
        },
        "asked": {
            "status": "complete",
            "products": [{"name": "ChatGPT", "category": "AI tools", "post_ids": ["1", "2"]}],
            "style": "Short and dry.",
        },
        "posts": [{"id": "1", "text": "The best of all", "created_at": "2024-05-01", "likes": 3}],
    } | more


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
