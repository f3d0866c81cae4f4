"""The list of chats: a listbox by keyboard and mouse, and its menu."""

from __future__ import annotations

import re
from datetime import timedelta

from playwright.sync_api import Route, expect

from store import marks, sessions
from store.database import Database
from store.session_locks import owned
from store.tables import sessions as table
from store.types import utc_now
from store.users import LOCAL_USER
from store.values import SessionKey
from tests.browser.conftest import OpenTab
from tests.store.samples import exchange, make, seed
from tests.waiting import until


def test_by_keyboard_alone(tab: OpenTab, database: Database) -> None:
    one, two, three = seed(database, "One", "Two", "Three")
    chat = tab(two)
    chat.reads("Answer to Two")
    box = chat.sidebar.get_by_role("listbox", name="Chats")
    box.focus()
    expect(box).to_have_attribute("aria-activedescendant", f"row-{two}")
    box.press("ArrowDown")
    expect(box).to_have_attribute("aria-activedescendant", f"row-{one}")
    box.press("Enter")
    chat.reads("Answer to One")
    expect(chat.row(one)).to_have_attribute("aria-current", "page")
    expect(chat.row(two)).not_to_have_attribute("aria-current", "page")
    box.focus()
    box.press("Home")
    box.press("F2")
    chat.dialog.get_by_label("Title").fill("Third")
    chat.dialog.get_by_label("Title").press("Enter")
    expect(chat.titled(three)).to_have_text("Third")
    expect(chat.dialog).to_have_count(0)
    box.focus()
    box.press("End")
    box.press("Shift+F10")
    menu = chat.page.get_by_role("menu", name="Actions for One")
    expect(menu.get_by_role("menuitem", name="Rename")).to_be_focused()
    chat.page.keyboard.press("Escape")
    expect(menu).to_have_count(0)
    box.press("Delete")
    expect(chat.dialog).to_contain_text("“One” with 2 messages goes to the trash")
    chat.page.keyboard.press("Escape")
    expect(chat.dialog).to_have_count(0)
    expect(box).to_be_focused()
    expect(chat.titles()).to_have_text(["Third", "Two", "One"])


def test_the_menu_of_a_row(tab: OpenTab, database: Database) -> None:
    one, _ = seed(database, "One", "Two")
    chat = tab()
    chat.row(one).click(button="right")
    menu = chat.page.get_by_role("menu", name="Actions for One")
    expect(menu.get_by_role("menuitem")).to_have_text(
        [
            *("Rename", "Pin", "Archive", "Move", "Tags"),
            *("Duplicate", "Export", "Share", "Details", "Clear", "Delete"),
        ]
    )
    menu.get_by_role("menuitem", name="Pin").click()
    expect(chat.titles()).to_have_text(["One", "Two"])
    expect(chat.row(one)).to_have_attribute("title", re.compile("is pinned"))
    chat.act_on(one, "Unpin")
    expect(chat.titles()).to_have_text(["Two", "One"])


def test_groups_and_marks(tab: OpenTab, database: Database) -> None:
    now = utc_now()
    ages = {"Now": 0, "Yesterday's": 1, "Of the week": 5, "Of the month": 20, "Ancient": 400}
    places = {}
    with database.transaction() as db:
        for title, days in ages.items():
            moment = now - timedelta(days=days)
            places[title] = make(db, LOCAL_USER, title=title)
            exchange(db, places[title], "Q", "A")
            changed = table.update().where(*owned(places[title]))
            db.execute(changed.values(last_activity_at=moment))
        marks.mark(db, places["Now"], message_id=2, bookmarked=True)
        sessions.change(db, places["Ancient"], pinned=True)
    chat = tab()
    headings = chat.sidebar.locator("[role=listbox] .heading")
    expect(headings).to_have_text(
        ["Pinned", "Today", "Yesterday", "Previous 7 days", "Previous 30 days"]
    )
    expect(chat.titles()).to_have_text(["Ancient", *list(ages)[:-1]])
    bookmarked = chat.row(places["Now"].session_id)
    expect(bookmarked).to_have_attribute(
        "title", re.compile("Now\nDefault Assistant, 2 messages, .*has bookmarks")
    )


def test_more_rows_come_as_one_scrolls(tab: OpenTab, database: Database) -> None:
    seed(database, *(f"Chat {number}" for number in range(95)))
    chat = tab()
    expect(chat.rows).to_have_count(30)
    expect(chat.key("show-more")).to_be_visible()
    chat.rows.first.hover()  # the last one would scroll already
    counts: set[int] = set()

    def all_listed() -> bool:
        chat.page.mouse.wheel(0, 300)
        counts.add(chat.rows.count())
        return 90 in counts

    until(all_listed, 40)
    assert {60, 90} <= counts <= {30, 60, 90}
    chat.sidebar.get_by_role("link", name="Settings").scroll_into_view_if_needed()
    chat.click("show-more")  # no more by itself: what is below the list would run away
    expect(chat.key("show-more")).to_be_hidden()
    expect(chat.rows).to_have_count(95)
    expect(chat.rows.last).to_contain_text("Chat 0")


def test_more_rows_stay_when_older_news_come_late(tab: OpenTab, database: Database) -> None:
    ids = seed(database, *(f"Chat {number}" for number in range(40)))
    chat, held = tab(), list[Route]()
    expect(chat.rows).to_have_count(30)
    chat.page.route("**/sessions?limit=30", lambda route: held.append(route))
    with database.transaction() as db:
        sessions.change(db, SessionKey(LOCAL_USER, ids[-1]), title="Changed elsewhere")
    until(lambda: chat.page.wait_for_timeout(20) or held)
    chat.click("show-more")
    expect(chat.rows).to_have_count(40)
    for route in held:
        route.continue_()
    expect(chat.rows.first).to_have_accessible_name("Changed elsewhere")
    expect(chat.rows).to_have_count(40)
    expect(chat.key("show-more")).to_be_hidden()


def test_a_menu_stays_open_while_the_list_changes(tab: OpenTab, database: Database) -> None:
    one, two = seed(database, "One", "Two")
    chat = tab()
    chat.key(f"actions-{one}").get_by_role("button").click()
    menu = chat.page.get_by_role("menu", name="Actions for One")
    expect(menu).to_be_visible()
    with database.transaction() as db:
        sessions.change(db, SessionKey(LOCAL_USER, two), title="Changed elsewhere")
    expect(chat.titled(two)).to_have_text("Changed elsewhere")
    menu.get_by_role("menuitem", name="Pin").click()
    expect(chat.titles()).to_have_text(["One", "Changed elsewhere"])


def test_a_row_that_would_move_while_it_is_pressed(tab: OpenTab, database: Database) -> None:
    one, two = seed(database, "One", "Two")
    chat = tab(one)
    chat.reads("Answer to One")
    chat.row(two).hover()
    chat.page.mouse.down()
    for title in ("Changed", "Changed again"):  # with the second, the first has been looked at
        with (
            chat.page.expect_response(re.compile(r"/sessions\?limit")),
            database.transaction() as db,
        ):
            sessions.change(db, SessionKey(LOCAL_USER, one), title=title, pinned=True)
    chat.page.mouse.up()
    chat.reads("Answer to Two")
    expect(chat.titles()).to_have_text(["Changed again", "Two"])


def test_the_list_goes_on_under_a_menu_of_the_browser(tab: OpenTab, database: Database) -> None:
    """It takes the pointer, and the page never hears that it was let go."""
    one, two = seed(database, "One", "Two")
    chat = tab(one)
    chat.key(f"actions-{two}").hover()
    chat.page.mouse.down(button="right")
    with database.transaction() as db:
        sessions.change(db, SessionKey(LOCAL_USER, two), title="Changed elsewhere")
    expect(chat.titled(two)).to_have_text("Changed elsewhere")
