"""Manage sessions: the table, its filter, several rows at once, the trash, and clear all."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Locator, expect

from store.cleanup import purge_trash
from store.database import Database
from store.users import LOCAL_USER
from tests.browser.chat_tab import ChatTab
from tests.browser.conftest import OpenTab
from tests.browser.test_session_list import seed

ROW = 35


@pytest.fixture
def ids(database: Database) -> list[str]:
    """Four, Three, Two, One, as the table shows them."""
    with database.transaction() as db:
        purge_trash(db, user_id=LOCAL_USER)
    return seed(database, "One", "Two", "Three", "Four")


@pytest.fixture
def manage(ids: list[str], tab: OpenTab) -> ChatTab:
    chat = tab()
    chat.sidebar.get_by_role("link", name="Manage sessions").click()
    expect(chat.page.get_by_role("heading", name="Manage sessions")).to_be_visible()
    listed(chat, "Four", "Three", "Two", "One")
    return chat


def cell(chat: ChatTab, title: str) -> Locator:
    return chat.page.locator("td[role=gridcell]", has_text=re.compile(f"^{title}$"))


def listed(chat: ChatTab, *titles: str) -> None:
    """Wait until the table has these titles and no others."""
    for title in ("One", "Two", "Three", "Four"):
        expect(cell(chat, title)).to_have_count(int(title in titles))


def select(chat: ChatTab, *rows: int) -> None:
    """Click the boxes of these rows of the table, which is a picture."""
    box = chat.page.get_by_test_id("stDataFrame").bounding_box()
    assert box
    for row in rows:
        chat.page.mouse.click(box["x"] + 18, box["y"] + ROW * (row + 1) + ROW / 2)


def view(chat: ChatTab, name: str) -> None:
    chat.key("manage-view").get_by_text(name, exact=True).click()


def button(chat: ChatTab, name: str) -> Locator:
    return chat.page.get_by_role("main").get_by_role("button", name=name, exact=True)


def test_the_table(manage: ChatTab) -> None:
    expect(manage.page.get_by_text("4 chats, 0 of them archived, with 8 messages")).to_be_visible()
    expect(cell(manage, "Answer to Two")).to_have_count(1)
    for name in ("Open", "Archive", "Delete"):
        expect(button(manage, name)).to_be_disabled()


def test_filtering(manage: ChatTab) -> None:
    manage.key("manage-filter").get_by_role("searchbox").fill("answer THREE")
    listed(manage, "Three")
    manage.key("manage-filter").get_by_role("searchbox").fill("nothing has this")
    expect(manage.page.get_by_text("Nothing matches the filter.")).to_be_visible()


def test_archiving_several(manage: ChatTab) -> None:
    select(manage, 0, 2)
    button(manage, "Archive (2)").click()
    listed(manage, "Three", "One")
    expect(button(manage, "Archive")).to_be_disabled()
    view(manage, "Archived")
    listed(manage, "Four", "Two")
    select(manage, 1)
    button(manage, "Unarchive (1)").click()
    listed(manage, "Four")
    view(manage, "Chats")
    listed(manage, "Three", "Two", "One")


def test_deleting_several_and_restoring(manage: ChatTab) -> None:
    select(manage, 1, 2)
    button(manage, "Delete (2)").click()
    listed(manage, "Four", "One")
    expect(button(manage, "Delete")).to_be_disabled()
    expect(manage.titles()).to_have_text(["Four", "One"])
    view(manage, "Trash")
    listed(manage, "Three", "Two")
    select(manage, 0)
    button(manage, "Restore (1)").click()
    expect(cell(manage, "Three").or_(cell(manage, "Two"))).to_have_count(1)
    view(manage, "Chats")
    expect(manage.titles()).to_have_count(3)


def test_a_selection_never_moves_to_another_chat(
    manage: ChatTab, ids: list[str], database: Database
) -> None:
    select(manage, 0)
    expect(button(manage, "Delete (1)")).to_be_enabled()
    manage.act_on(ids[0], "Pin")
    expect(manage.titles()).to_have_text(["One", "Four", "Three", "Two"])
    expect(button(manage, "Delete")).to_be_disabled()


def test_undoing_a_deletion(manage: ChatTab) -> None:
    select(manage, 0, 1, 2, 3)
    button(manage, "Delete (4)").click()
    expect(manage.page.get_by_text("No chats yet.")).to_be_visible()
    manage.click("undo")
    listed(manage, "Four", "Three", "Two", "One")


def test_opening_one(manage: ChatTab, ids: list[str]) -> None:
    select(manage, 3)
    button(manage, "Open").click()
    manage.reads("Answer to One")
    expect(manage.page).to_have_url(re.compile(ids[0]))


def test_clearing_all_asks_for_a_word(manage: ChatTab) -> None:
    button(manage, "Clear all").click()
    expect(manage.dialog).to_contain_text("All 4 chats")
    field = manage.dialog.get_by_label("Type DELETE to confirm")
    field.fill("delete")
    manage.dialog.get_by_role("button", name="Clear all", exact=True).click()
    expect(manage.dialog).to_contain_text("Nothing was deleted")
    field.fill("DELETE")
    manage.dialog.get_by_role("button", name="Clear all", exact=True).click()
    expect(manage.dialog).to_have_count(0)
    expect(manage.page.get_by_text("No chats yet.")).to_be_visible()
    expect(manage.titles()).to_have_count(0)
    manage.click("undo")
    listed(manage, "Four", "Three", "Two", "One")


def test_deleting_for_good(manage: ChatTab) -> None:
    select(manage, 0, 1, 2)
    button(manage, "Delete (3)").click()
    view(manage, "Trash")
    listed(manage, "Four", "Three", "Two")
    select(manage, 0)
    button(manage, "Delete for good (1)").click()
    expect(manage.dialog).to_contain_text("1 chat with all messages will be removed")
    manage.dialog.get_by_label("Type DELETE to confirm").fill("DELETE")
    manage.dialog.get_by_role("button", name="Delete for good", exact=True).click()
    expect(manage.dialog).to_have_count(0)
    expect(manage.page.get_by_text("2 in the trash")).to_be_visible()
    button(manage, "Empty trash").click()
    manage.dialog.get_by_label("Type DELETE to confirm").fill("DELETE")
    manage.dialog.get_by_role("button", name="Delete for good", exact=True).click()
    expect(manage.page.get_by_text("The trash is empty.")).to_be_visible()
    view(manage, "Chats")
    listed(manage, "One")


def test_the_sidebar_works_here_too(manage: ChatTab, ids: list[str]) -> None:
    manage.act_on(ids[1], "Rename")
    manage.dialog.get_by_label("Title").fill("Renamed from here")
    manage.dialog.get_by_role("button", name="Rename", exact=True).click()
    expect(manage.row(ids[1])).to_have_text("Renamed from here")
    expect(cell(manage, "Renamed from here")).to_have_count(1)
    manage.click("new-chat")
    expect(manage.composer).to_be_editable()
    manage.ask("From the manage page")
