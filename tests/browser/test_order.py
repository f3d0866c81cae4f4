"""Folders in the list: dragging, filtering, and all of it on a phone and by keyboard."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Route, expect

from store import folders, sessions
from store.database import Database
from store.folders import NewFolder
from store.users import LOCAL_USER
from store.values import SessionKey
from tests.browser.conftest import OpenTab
from tests.browser.test_looks import PHONE
from tests.store.samples import seed
from tests.waiting import until

LISTED = re.compile(r"/sessions\?limit")


@pytest.fixture
def ids(database: Database) -> list[str]:
    """One and Two, and the folders Home and Work."""
    made = seed(database, "One", "Two")
    with database.transaction() as db:
        for name in ("Home", "Work"):
            folders.create(
                db, user_id=LOCAL_USER, new=NewFolder(name, colour="red"), folder_id=name
            )
    return made


def folder_of(database: Database, session_id: str) -> str | None:
    with database.reading() as db:
        return sessions.get(db, SessionKey(LOCAL_USER, session_id)).folder


def test_dragging_a_chat_onto_a_folder(tab: OpenTab, database: Database, ids: list[str]) -> None:
    one, two = ids
    chat = tab(one)
    chat.reads("Answer to One")
    folder = chat.key("folder-Work")
    expect(folder).to_be_hidden()
    chat.row(two).hover()
    chat.page.mouse.down()
    box = chat.row(one).bounding_box()
    assert box
    chat.page.mouse.move(box["x"] + 20, box["y"] + 5, steps=3)
    expect(folder).to_be_visible()  # opened by the drag
    folder.hover()
    folder.hover()
    chat.page.mouse.up()
    expect(chat.page.get_by_text("Moved to “Work”: 1 chat.")).to_be_visible()
    assert folder_of(database, two) == "Work"
    expect(chat.row(two).locator(".dot.red")).to_be_visible()
    about = "Two\nDefault Assistant, 2 messages, has a new answer, in Work"
    expect(chat.row(two)).to_have_attribute("title", about)
    # What changes elsewhere is looked up while another filter is chosen.
    held: list[Route] = []
    chat.page.route(LISTED, lambda route: route.continue_() if held else held.append(route))
    with chat.page.expect_request(LISTED), database.transaction() as db:
        sessions.change(db, SessionKey(LOCAL_USER, one), title="Elsewhere", pinned=True)
    work = folder.get_by_role("button", name="Work", exact=True)
    work.click()
    expect(chat.titles()).to_have_text(["Two"])
    expect(work).to_have_attribute("aria-pressed", "true")
    with chat.page.expect_response(re.compile(r"/sessions\?.*folder=Work")):
        held[0].continue_()
    with database.transaction() as db:
        sessions.change(db, SessionKey(LOCAL_USER, two), title="Changed elsewhere")
    expect(chat.titles()).to_have_text(["Changed elsewhere"])
    chat.page.get_by_role("button", name="Clear filter: Work").click()
    expect(chat.titles()).to_have_text(["Elsewhere", "Changed elsewhere"])
    assert chat.row(one).get_attribute("draggable") is None


@pytest.mark.parametrize("context_options", [PHONE])
def test_folders_on_a_phone_and_by_keyboard(
    tab: OpenTab, database: Database, ids: list[str]
) -> None:
    one, _ = ids
    chat = tab()
    page = chat.page
    page.get_by_test_id("stExpandSidebarButton").tap()
    chat.key(f"actions-{one}").get_by_role("button").tap()
    page.get_by_role("menuitem", name="Move").tap()
    dialog = page.get_by_role("dialog")
    box = dialog.get_by_role("combobox")
    box.focus()
    box.press("ArrowDown")
    page.get_by_role("option", name="Home").tap()
    dialog.get_by_role("button", name="Move", exact=True).press("Enter")
    expect(dialog).to_be_hidden()
    until(lambda: folder_of(database, one) == "Home")
    summary = page.locator("summary", has_text="Folders")
    summary.focus()
    summary.press("Enter")
    folder = chat.key("folder-Home").get_by_role("button", name="Home", exact=True)
    folder.press("Enter")
    expect(chat.titles()).to_have_text(["One"])
    for control in (summary, folder):
        size = control.bounding_box()
        assert size
        assert size["height"] >= 44
    page.get_by_role("button", name="Filter chats").press("Enter")
    expect(page.get_by_role("combobox", name="Folder")).to_be_visible()
    page.get_by_role("button", name="Unread").press("Enter")
    expect(page.get_by_role("button", name="Clear filter: Home, unread")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
