"""Manage sessions: the boxes of the table, which is a picture, are ticked by mouse."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Locator, expect

from store.cleanup import purge_trash
from store.database import Database
from store.users import LOCAL_USER
from tests.browser.chat_tab import ChatTab
from tests.browser.conftest import OpenTab
from tests.store.samples import seed

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


def button(chat: ChatTab, name: str) -> Locator:
    return chat.page.get_by_role("main").get_by_role("button", name=name, exact=True)


def test_a_selection_never_moves_to_another_chat(
    manage: ChatTab, ids: list[str], database: Database
) -> None:
    select(manage, 0)
    expect(button(manage, "Delete (1)")).to_be_enabled()
    manage.act_on(ids[0], "Pin")
    expect(manage.titles()).to_have_text(["One", "Four", "Three", "Two"])
    expect(button(manage, "Delete")).to_be_disabled()


def test_opening_one_by_one_click_in_a_table_that_fits(manage: ChatTab, ids: list[str]) -> None:
    table = manage.page.get_by_test_id("stDataFrame")
    widths = "node => [node.scrollWidth, node.clientWidth]"
    wide, room = table.locator(".dvn-scroller").evaluate(widths)
    assert wide <= room
    box = table.bounding_box()
    assert box
    manage.page.mouse.click(box["x"] + ROW + 30, box["y"] + ROW * 4 + ROW / 2)
    manage.reads("Answer to One")
    expect(manage.page).to_have_url(re.compile(ids[0]))
    manage.sidebar.get_by_role("link", name="Manage sessions").click()
    expect(cell(manage, "● Current")).to_have_count(1)


def test_undoing_a_deletion(manage: ChatTab) -> None:
    select(manage, 0, 1, 2, 3)
    button(manage, "Delete (4)").click()
    expect(manage.page.get_by_text("No chats yet.")).to_be_visible()
    manage.click("undo")
    listed(manage, "Four", "Three", "Two", "One")
