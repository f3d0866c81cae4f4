from __future__ import annotations

import json
from collections.abc import Sequence

import pytest
from pydantic import ValidationError

from chat.agent.toolkit import ChatHit
from chat.tools import builtin
from tests.chat.tools.conftest import Use


class Chats:
    def __init__(self, *hits: ChatHit) -> None:
        self.hits = hits
        self.asked: list[tuple[str, int]] = []

    async def search(self, query: str, limit: int) -> Sequence[ChatHit]:
        self.asked.append((query, limit))
        return self.hits


def test_hits_have_a_title_a_date_and_a_link(use: Use) -> None:
    date = "2024-05-01T12:00:00+00:00"
    chats = Chats(ChatHit("Batteries", "…the battery is dead", "user", date, "/?session=abc"))
    found = use("search_chats", chats=chats, query="battery")
    assert found == {
        "hits": [
            {
                "title": "Batteries",
                "excerpt": "…the battery is dead",
                "role": "user",
                "date": date,
                "link": "/?session=abc",
            }
        ]
    }
    assert chats.asked == [("battery", 8)]
    json.dumps(found)


def test_nothing_found_says_so(use: Use) -> None:
    found = use("search_chats", chats=Chats(), query="battery", limit=2)
    assert found["hits"] == []
    assert "No chat" in found["note"]


def test_arguments_that_do_not_fit(use: Use) -> None:
    for arguments in ({"query": ""}, {"query": "x", "limit": 0}, {"query": "x", "user_id": "bob"}):
        with pytest.raises(ValidationError):
            use("search_chats", chats=Chats(), **arguments)


def test_the_status_line() -> None:
    assert builtin()["search_chats"].status({"query": "x"}) == "Searching your chats…"
