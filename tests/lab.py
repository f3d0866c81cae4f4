"""Local servers in place of social media and of iFixit, and results of analyses, for pages."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from store import profiles, sessions
from store.database import Database
from store.users import LOCAL_USER
from store.values import SessionKey
from tests.ifixit_server import BATTERY, IFixit
from tests.social_server import NOON, SocialServer, post
from tests.store.samples import exchange, make

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
    """What a Parley asks, and its database."""

    social: SocialServer
    ifixit: IFixit
    database: Database

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

    def let_go(self) -> None:
        """Nothing is held any more."""
        self.social.gate.set()
        self.ifixit.gate.set()


def addresses(social: SocialServer, ifixit: IFixit) -> dict[str, Any]:
    """The settings with which a Parley asks them."""
    return {**social.settings(), "ifixit_url": ifixit.url}


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
