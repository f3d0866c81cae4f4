"""Ann, who shares a chat on a real database, and what she does."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from chat.config import Settings
from chat.limits.payers import PeerAddress
from chat.limits.spending import Limits
from chat.news import News
from chat.people.identity import Identity
from chat.people.throttle import Throttle
from chat.personas.book import PersonaBook
from chat.sharing.sharing import Sharing, Wanted
from chat.sharing.visible import SharedChat
from store import marks, sessions, users
from store.database import Database
from store.endings import Ending, finish
from store.errors import ShareNotFound
from store.metadata import MessageMetadata, PersonaMark, Sent
from store.share_values import Included, OpenShare, ShareMode
from tests.chat.clock import Clock
from tests.chat.conftest import PERSONAS
from tests.databases import DIALECTS
from tests.logins import login_of
from tests.store.samples import ANN, answered_again, exchange, make, opened

HERE, THERE = PeerAddress("192.0.2.1"), PeerAddress("198.51.100.1")
EVERYTHING = Included(True, True, True, True)
SECRETS = ("secret", "gpt-9", "0.5")


class Scene:
    """Ann's, and what she does with it."""

    def __init__(self, database: Database, **changes: Any) -> None:
        settings = Settings(auth="password", database_url="sqlite:///x", **changes)
        self.database, self.clock, self.time = database, Clock(), 0.0
        limits = Limits(settings, database, self.clock)
        personas = PersonaBook(PERSONAS, database, limits, [])
        throttle = Throttle(clock=lambda: self.time)
        about = (settings, database, limits, personas, News(), self.clock, throttle)
        self.sharing = Sharing(*about, rounds=4)
        with database.transaction() as db:
            self.key = make(db, ANN, title="Chains")
            self.ann: Identity = login_of(users.get(db, user_id=ANN))

    def share(self, **wanted: Any) -> str:
        return self.sharing.create(self.ann, self.key, Wanted(**wanted)).token

    def opens(self, token: str, password: str = "", address: PeerAddress = HERE) -> OpenShare:
        return self.sharing.read(token, password, address, limit=200, before=None)[0]

    def sees(self, token: str, **more: Any) -> SharedChat:
        return self.sharing.read(token, "", HERE, **{"limit": 200, "before": None, **more})[1]

    def preview(
        self,
        mode: ShareMode = "snapshot",
        include: Included = Included(),  # noqa: B008
    ) -> SharedChat:
        return self.sharing.preview(self.ann, self.key, mode, include, limit=200)

    def exchange(self, words: str, reply: str) -> None:
        with self.database.transaction() as db:
            exchange(db, self.key, words, reply)


@pytest.fixture(params=DIALECTS)
def database(request: pytest.FixtureRequest) -> Iterator[Database]:
    name = "sqlite_url" if request.param == "sqlite" else "postgres_url"
    with opened(request.getfixturevalue(name)) as database:
        yield database


@pytest.fixture
def scene(database: Database) -> Scene:
    return Scene(database)


@contextmanager
def nowhere() -> Iterator[None]:
    with pytest.raises(ShareNotFound) as refused:
        yield
    assert str(refused.value) == str(ShareNotFound())


def texts(chat: SharedChat) -> list[str]:
    return [message.content for message in chat.messages]


def full_of_secrets(scene: Scene) -> None:
    """A chat with all that is not to be seen."""
    with scene.database.transaction() as db:
        sessions.change(db, scene.key, parameters={"system_prompt": "secret"})
        sessions.change(db, scene.key, description="secret", metadata={"a": "secret"})
        exchange(db, scene.key, "Why?", "secret, of another branch")
        answered_again(db, scene.key, message_id=2)
        mark = PersonaMark("secret-id", "Nick Name", ":material/star:")
        ending = Ending(
            "error",
            "Because.",
            error_code="secret",
            error_message="secret",
            model="gpt-9",
            tools_used=[
                {
                    "name": "fetch",
                    "arguments": {"url": "x" * 500},
                    "summary": "A page",
                    "outcome": "done",
                    "result": "secret",
                }
            ],
            prompt_tokens=5,
            cost=0.5,
            metadata=MessageMetadata(
                context=Sent(1, 2), persona=mark, reasoning="secret", other={"a": "secret"}
            ),
        )
        assert finish(db, scene.key, message_id=3, ending=ending)
        marks.mark(db, scene.key, message_id=3, feedback="bad", bookmarked=True)
