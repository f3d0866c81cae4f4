"""The list of chats and long chats: what depends on focus, address, scrolling and the composer."""

from __future__ import annotations

import re

from playwright.sync_api import expect

from store import sessions
from store.database import Database
from store.users import LOCAL_USER
from store.values import SessionKey
from tests.browser.chat_tab import ChatTab
from tests.browser.conftest import OpenTab
from tests.store.samples import chain, make, seed
from tests.waiting import until


def test_searching_as_one_types(tab: OpenTab, database: Database) -> None:
    seed(database, "Ärger mit 100%", "Garden plans")
    chat = tab()
    search = chat.key("search-chats").get_by_role("searchbox")
    search.press_sequentially("GARD")
    expect(chat.titles()).to_have_text(["Garden plans"])
    expect(search).to_be_focused()
    search.fill("answer ärger")
    expect(chat.titles()).to_have_text(["Ärger mit 100%"])
    search.fill("100%")
    expect(chat.titles()).to_have_text(["Ärger mit 100%"])
    search.fill("nothing has this")
    expect(chat.sidebar.get_by_text("No chat has this")).to_be_visible()
    search.fill("")
    expect(chat.titles()).to_have_count(2)


def test_deleting_the_active_one_opens_the_next_and_undo_shows_it_again(
    tab: OpenTab, database: Database
) -> None:
    oldest, middle, _ = seed(database, "Oldest", "Middle", "Newest")
    chat = tab(middle)
    chat.reads("Answer to Middle")
    chat.act_on(middle, "Delete")
    expect(chat.dialog).to_contain_text("“Middle” with 2 messages goes to the trash")
    expect(chat.dialog).to_contain_text("30 days")
    chat.dialog.get_by_role("button", name="Delete", exact=True).click()
    expect(chat.titles()).to_have_text(["Newest", "Oldest"])
    chat.reads("Answer to Oldest")
    expect(chat.page).to_have_url(re.compile(oldest))
    chat.click("undo")
    expect(chat.titles()).to_have_text(["Newest", "Middle", "Oldest"])
    chat.reads("Answer to Middle")
    expect(chat.page).to_have_url(re.compile(middle))


def test_one_deleted_in_another_tab(tab: OpenTab, database: Database) -> None:
    one, two = seed(database, "One", "Two")
    chat = tab(two)
    with database.transaction() as db:
        sessions.trash(db, SessionKey(LOCAL_USER, one))
        sessions.trash(db, SessionKey(LOCAL_USER, two))
    chat.composer.fill("Hello?")
    chat.composer.press("Enter")
    expect(chat.composer).to_have_value("Hello?")
    expect(chat.refusal).not_to_be_empty()
    expect(chat.rows).to_have_count(0)
    expect(chat.messages).to_have_count(0)
    expect(chat.composer).to_have_value("Hello?")
    chat.composer.press("Enter")
    expect(chat.titles()).to_have_text(["Hello?"])


def test_a_long_session_opens_at_its_end(tab: OpenTab, database: Database) -> None:
    with database.transaction() as db:
        place = make(db, LOCAL_USER, title="Long")
        chain(db, place, 70)
    chat = tab(place.session_id)
    expect(chat.messages).to_have_count(10)
    expect(chat.messages.last).to_contain_text("text 70")
    expect(chat.messages.last).to_be_in_viewport()
    expect(chat.messages.first).not_to_be_in_viewport()
    chat.key("show-earlier").get_by_role("button").press("Enter")
    expect(chat.messages).not_to_have_count(10)
    until(lambda: _scrolled_up(chat))
    expect(chat.messages).to_have_count(70)
    expect(chat.page.get_by_role("main").locator(".stChatMessage .stMarkdown")).to_have_text(
        [f"text {number}" for number in range(1, 71)]
    )


def test_a_new_message_in_a_long_session(tab: OpenTab, database: Database) -> None:
    with database.transaction() as db:
        place = make(db, LOCAL_USER, title="Long")
        chain(db, place, 40)
    chat = tab(place.session_id)
    expect(chat.messages).to_have_count(10)
    chat.send("[[tokens=8]]")
    chat.reads("w0 w1 w2 w3 w4 w5 w6 w7")
    expect(chat.messages.last).to_be_in_viewport()
    chat.ended()
    expect(chat.messages).to_have_count(12)


def _scrolled_up(chat: ChatTab) -> bool:
    """Scroll up; whether there is nothing earlier any more."""
    if not chat.key("show-earlier").count():
        return True
    chat.messages.first.scroll_into_view_if_needed()
    return False
