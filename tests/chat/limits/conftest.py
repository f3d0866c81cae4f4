"""A process for guests, as limits are tried on it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import pytest

from chat.config import Settings
from chat.limits.payers import PeerAddress
from chat.runtime import put_together
from store import budgets, messages, sessions, users
from store.session_values import NewSession
from store.values import Message, SessionKey
from tests.chat.clock import NOON, Clock
from tests.waiting import until

GUEST, ANN = "guest1", "ann"
PEOPLE = {GUEST: "guest", "guest2": "guest", "guest3": "guest", ANN: "user", "root": "admin"}


class House:
    """One process for guests, with an offline model unless told; ``send`` is what a guest does."""

    def __init__(self, settings: Settings, clock: Clock) -> None:
        self.settings = settings
        self.clock = clock
        self.parts = put_together(settings, now=clock)
        self.database = self.parts.database
        self.sessions = self.parts.sessions
        self.parts.start()

    def send(
        self, session_id: str = "one", content: str = "hi", user_id: str = GUEST, **more: Any
    ) -> Any:
        more = {"new": NewSession(), **more}
        if "address" in more:
            more["address"] = PeerAddress(more["address"])
        return self.parts.turns.send(SessionKey(user_id, session_id), content, **more)

    def again(self, asked: Any) -> Any:
        """Another answer, once the first one is there."""
        self.ended(asked.answer)
        return self.parts.turns.answer_again(SessionKey(GUEST, "one"), asked.answer.id)

    def ended(self, answer: Message, user_id: str = GUEST) -> Message:
        """The answer, once it is over and paid."""
        until(lambda: not self.stored(answer, user_id).is_open)
        return self.stored(answer, user_id)

    def stored(self, answer: Message, user_id: str = GUEST) -> Message:
        """As it is kept now."""
        key = SessionKey(user_id, answer.session_id)
        with self.database.reading() as db:
            return messages.get(db, key, message_id=answer.id)

    def answered(self, *given: Any, **more: Any) -> Message:
        """The answer to what is sent, once it is over and paid."""
        asked = self.send(*given, **more)
        return self.ended(asked.answer, more.get("user_id", GUEST))

    def used(self, payer: str) -> budgets.Used:
        """What a payer used up in the last hour."""
        with self.database.reading() as db:
            found = budgets.used(db, [payer], now=self.clock())
        return found[payer][budgets.HOUR] if found else budgets.Used()

    def count(self, user_id: str = GUEST) -> int:
        """The messages that are stored, in all sessions."""
        with self.database.reading() as db:
            return sessions.totals(db, user_id=user_id).messages

    def duplicate(self, session_id: str) -> str:
        return self.sessions.duplicate(SessionKey(GUEST, session_id)).session_id

    def new(self) -> bool:
        return self.sessions.create(SessionKey.new(GUEST), NewSession())[1]

    def purge(self, session_id: str) -> None:
        self.sessions.purge([SessionKey(GUEST, session_id)])


Houses = Callable[..., House]


@pytest.fixture
def houses(database_url: str) -> Iterator[Houses]:
    with ExitStack() as opened:
        clock = Clock()

        def make(**changes: Any) -> House:
            values: dict[str, Any] = {
                "database_url": database_url,
                "auth": "guest",
                "find_local_servers": False,
                "offline_tokens_per_second": 100_000,
                **changes,
            }
            house = House(Settings(**values), clock)
            opened.callback(house.parts.close)
            with house.database.transaction() as db:
                for name, role in PEOPLE.items():
                    if users.by_username(db, username=name) is None:
                        users.create(db, username=name, user_id=name, role=role, now=NOON)
            return house

        yield make
