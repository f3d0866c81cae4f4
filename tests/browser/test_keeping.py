"""What is seen in a browser of chats that are emptied or temporary."""

from __future__ import annotations

from playwright.sync_api import expect

from store import cleanup
from store.database import Database
from store.users import LOCAL_USER
from tests.browser.chat_tab import ChatTab
from tests.browser.conftest import OpenTab
from tests.store.samples import seed
from tests.waiting import until


def test_a_chat_is_emptied_and_a_temporary_one_goes_with_its_last_tab(
    tab: OpenTab, database: Database
) -> None:
    with database.transaction() as db:
        cleanup.purge_trash(db, user_id=LOCAL_USER)
    [full] = seed(database, "Full")
    chat = tab(full)
    chat.reads("Answer to Full")
    chat.act_on(full, "Clear")
    chat.page.get_by_role("dialog").get_by_role("button", name="Clear", exact=True).click()
    expect(chat.page.get_by_test_id("stChatMessage")).to_have_count(0)
    chat.click("undo")
    chat.reads("Answer to Full")
    chat.page.keyboard.press("Control+j")
    chat.page.get_by_text("Temporary chat", exact=True).click()
    chat.send("A secret")  # at once: also what was chosen just before Enter counts
    keep = chat.page.get_by_role("button", name="Keep this chat")
    expect(keep).to_be_visible()
    expect(chat.titles()).to_have_text(["Full"])
    chat.page.reload()
    expect(keep).to_be_visible()
    other: ChatTab = tab(chat.session_id)
    expect(other.page.get_by_role("button", name="Keep this chat")).to_be_visible()
    chat.page.keyboard.press("Control+j")
    expect(keep).to_have_count(0)
    assert count(database) == 2, "the other tab has it still"
    other.page.get_by_role("link", name="Bookmarks").click()
    expect(other.page.get_by_text("No bookmarks yet.")).to_be_visible()
    other.page.keyboard.press("Control+j")
    until(lambda: count(database) == 1)


def count(database: Database) -> int:
    with database.reading() as db:
        return cleanup.count_sessions(db)
