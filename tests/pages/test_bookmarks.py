"""Bookmarks: marked in the chat, listed over all chats, opened, removed and brought back."""

from __future__ import annotations

import pytest

from chat.config import Settings
from chat.runtime import Runtime
from chat.ui.sessions.bookmarks import EMPTY, PAGE_ROWS
from store.users import LOCAL_USER
from store.values import SessionKey
from tests.pages.conftest import OpenScriptTab
from tests.pages.script_tab import ScriptTab
from tests.store.samples import seed

HOSTILE = "About :red[name] $x$ <b>"


@pytest.fixture(scope="module")
def settings(scripted: Settings) -> Settings:
    return scripted


def mark(parts: Runtime, session_id: str, message_id: int) -> None:
    parts.sessions.mark(SessionKey(LOCAL_USER, session_id), message_id, bookmarked=True)


def rows(page: ScriptTab) -> list[str]:
    return [key.removeprefix("open-bookmark-") for key in page.keys("open-bookmark-")]


def test_what_is_marked_in_a_chat_is_found_on_the_page(tab: OpenScriptTab, parts: Runtime) -> None:
    first, second = seed(parts.database, "First", "Second")
    chat = tab(first)
    chat.act(chat.answers[0], "Bookmark")
    assert "Bookmarked" in chat.text
    mark(parts, second, 1)
    chat.go("bookmarks")
    assert rows(chat) == [f"{second}-1", f"{first}-2"]
    assert "Answer to First" in chat.text
    assert chat.text.index("About Second") < chat.text.index("Answer to First")
    assert "You · 20" in chat.text
    chat.click(f"open-bookmark-{first}-2")
    assert chat.session_id == first
    assert chat.app.part("transcript")["spot"][0] == 2


def test_removing_and_taking_it_back(tab: OpenScriptTab, parts: Runtime) -> None:
    [only] = seed(parts.database, "Only")
    mark(parts, only, 2)
    page = tab(page="bookmarks")
    page.click(f"remove-bookmark-{only}-2")
    assert EMPTY in page.text
    page.click("undo")
    assert rows(page) == [f"{only}-2"]


def test_hostile_titles_are_shown_as_they_are(tab: OpenScriptTab, parts: Runtime) -> None:
    [only] = seed(parts.database, HOSTILE)
    mark(parts, only, 1)
    assert HOSTILE in tab(page="bookmarks").text


def test_page_by_page(tab: OpenScriptTab, parts: Runtime) -> None:
    ids = seed(parts.database, *(f"Chat {number}" for number in range(PAGE_ROWS + 1)))
    for session_id in ids:
        mark(parts, session_id, 1)
    page = tab(page="bookmarks")
    assert len(rows(page)) == PAGE_ROWS
    page.app.session_state["bookmarks-page"] = 2
    page.run()
    assert rows(page) == [f"{ids[0]}-1"]
