"""The list of chats: rename, pin, archive, duplicate, delete and undo, search, long lists."""

from __future__ import annotations

import re
from datetime import timedelta

from playwright.sync_api import expect

from store import sessions
from store.database import Database
from store.session_values import NewSession
from store.types import utc_now
from store.users import LOCAL_USER
from store.values import SessionKey
from tests.browser.chat_tab import ChatTab
from tests.browser.conftest import OpenTab
from tests.store.samples import FREE, chain, exchange, make


def seed(database: Database, *titles: str) -> list[str]:
    """Sessions with one exchange each, the last one newest; their ids."""
    ids = []
    with database.transaction() as db:
        for at, title in enumerate(titles):
            place = make(db, LOCAL_USER, title=title)
            moment = utc_now() - timedelta(minutes=len(titles) - at)
            exchange(db, place, f"About {title}", f"Answer to {title}", now=moment)
            ids.append(place.session_id)
    return ids


def names(*titles: str) -> list[re.Pattern[str]]:
    return [re.compile(f"^{re.escape(title)}$") for title in titles]


def test_renaming(chat: ChatTab) -> None:
    chat.ask("Old name")
    chat.act_on(chat.session_id, "Rename")
    expect(chat.dialog).to_contain_text("Rename session")
    field = chat.dialog.get_by_label("Title")
    expect(field).to_have_value("Old name")
    field.fill("New :red[name] $x$ <b>")
    chat.dialog.get_by_role("button", name="Rename", exact=True).click()
    expect(chat.dialog).to_have_count(0)
    expect(chat.row(chat.session_id)).to_have_text("New :red[name] $x$ <b>")
    expect(chat.heading).to_have_text("New :red[name] $x$ <b>")
    menu = chat.sidebar.get_by_role("button", name="Actions for New :red[name] $x$ <b>", exact=True)
    expect(menu).to_be_visible()
    chat.ask("Another message")
    expect(chat.row(chat.session_id)).to_have_text("New :red[name] $x$ <b>")


def test_an_empty_name_is_refused(chat: ChatTab) -> None:
    chat.ask("Old name")
    chat.act_on(chat.session_id, "Rename")
    chat.dialog.get_by_label("Title").fill("   ")
    chat.dialog.get_by_role("button", name="Rename", exact=True).click()
    expect(chat.dialog).to_contain_text("The title is empty.")
    chat.dialog.get_by_label("Title").fill("Better")
    chat.dialog.get_by_role("button", name="Rename", exact=True).click()
    expect(chat.row(chat.session_id)).to_have_text("Better")


def test_pinning(tab: OpenTab, database: Database) -> None:
    old, _ = seed(database, "Older chat", "Newer chat")
    chat = tab()
    expect(chat.titles()).to_have_text(["Newer chat", "Older chat"])
    chat.act_on(old, "Pin")
    expect(chat.titles()).to_have_text(["Older chat", "Newer chat"])
    expect(chat.sidebar.get_by_text("Pinned", exact=True)).to_be_visible()
    chat.act_on(old, "Unpin")
    expect(chat.titles()).to_have_text(["Newer chat", "Older chat"])
    expect(chat.sidebar.get_by_text("Pinned", exact=True)).to_have_count(0)


def test_archiving(tab: OpenTab, database: Database) -> None:
    gone, _ = seed(database, "Tax papers", "Other things")
    chat = tab()
    chat.act_on(gone, "Archive")
    expect(chat.titles()).to_have_text(["Other things"])
    search = chat.key("search-chats").get_by_role("searchbox")
    search.fill("tax")
    expect(chat.titles()).to_have_text(["Tax papers"])
    search.fill("")
    expect(chat.titles()).to_have_text(["Other things"])
    chat.click("undo")
    expect(chat.titles()).to_have_text(["Other things", "Tax papers"])


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


def test_duplicating(tab: OpenTab, database: Database) -> None:
    (first,) = seed(database, "Recipe")
    chat = tab()
    chat.act_on(first, "Duplicate")
    expect(chat.titles()).to_have_text(["Copy of Recipe", "Recipe"])
    chat.reads("Answer to Recipe")
    assert chat.session_id != first
    chat.ask("Only in the copy")
    chat.row(first).click()
    expect(chat.messages).to_have_count(2)


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


def test_deleting_another_one_stays(tab: OpenTab, database: Database) -> None:
    one, two = seed(database, "One", "Two")
    chat = tab(two)
    chat.act_on(one, "Delete")
    chat.dialog.get_by_role("button", name="Delete", exact=True).click()
    expect(chat.titles()).to_have_text(["Two"])
    chat.reads("Answer to Two")


def test_thinking_twice_about_deleting(tab: OpenTab, database: Database) -> None:
    (one,) = seed(database, "One")
    chat = tab(one)
    chat.act_on(one, "Delete")
    chat.dialog.get_by_role("button", name="Cancel").click()
    expect(chat.dialog).to_have_count(0)
    expect(chat.titles()).to_have_text(["One"])


def test_deleting_the_last_one_leads_to_a_new_chat(tab: OpenTab, database: Database) -> None:
    (only,) = seed(database, "The only one")
    chat = tab(only)
    chat.act_on(only, "Delete")
    chat.dialog.get_by_role("button", name="Delete", exact=True).click()
    expect(chat.titles()).to_have_count(0)
    expect(chat.page.get_by_text("What would you like to talk about?")).to_be_visible()
    expect(chat.page).to_have_url(f"{chat.url}/")
    chat.ask("And on it goes")
    expect(chat.titles()).to_have_count(1)


def test_one_deleted_in_another_tab(tab: OpenTab, database: Database) -> None:
    one, two = seed(database, "One", "Two")
    chat = tab(two)
    with database.transaction() as db:
        sessions.trash(db, SessionKey(LOCAL_USER, one))
        sessions.trash(db, SessionKey(LOCAL_USER, two))
    chat.composer.fill("Hello?")
    chat.composer.press("Enter")
    expect(chat.errors.first).to_be_visible()
    expect(chat.composer).to_have_value("Hello?")


def test_show_more(tab: OpenTab, database: Database) -> None:
    seed(database, *[f"Chat {number}" for number in range(1, 36)])
    chat = tab()
    expect(chat.titles()).to_have_count(30)
    chat.click("show-more")
    expect(chat.titles()).to_have_count(35)
    expect(chat.titles().first).to_have_text("Chat 35")
    expect(chat.titles().last).to_have_text("Chat 1")
    expect(chat.key("show-more")).to_have_count(0)


def test_a_long_session_opens_at_its_end(tab: OpenTab, database: Database) -> None:
    with database.transaction() as db:
        place = make(db, LOCAL_USER, title="Long")
        chain(db, place, 70)
    chat = tab(place.session_id)
    expect(chat.messages).to_have_count(30)
    expect(chat.messages.last).to_contain_text("text 70")
    expect(chat.messages.last).to_be_in_viewport()
    expect(chat.messages.first).not_to_be_in_viewport()
    for count in (60, 70):
        chat.click("show-earlier")
        expect(chat.messages).to_have_count(count)
    expect(chat.key("show-earlier")).to_have_count(0)
    expect(chat.page.get_by_role("main").locator(".stChatMessage .stMarkdown")).to_have_text(
        [f"text {number}" for number in range(1, 71)]
    )


def test_a_new_message_in_a_long_session(tab: OpenTab, database: Database) -> None:
    with database.transaction() as db:
        place = make(db, LOCAL_USER, title="Long")
        chain(db, place, 40)
    chat = tab(place.session_id)
    expect(chat.messages).to_have_count(30)
    chat.send("[[tokens=8]]")
    chat.reads("w0 w1 w2 w3 w4 w5 w6 w7")
    expect(chat.messages.last).to_be_in_viewport()
    chat.ended()
    expect(chat.messages).to_have_count(30)


def test_the_groups_of_the_list(tab: OpenTab, database: Database) -> None:
    days = {"Today": 0, "Yesterday": 1, "Previous 7 days": 5, "Previous 30 days": 20, "Older": 90}
    with database.transaction() as db:
        for name, ago in days.items():
            moment = utc_now() - timedelta(days=ago)
            sessions.create(
                db,
                SessionKey.new(LOCAL_USER),
                NewSession(title=f"From {name}"),
                now=moment,
                may=FREE,
            )
    chat = tab()
    for name in days:
        expect(chat.sidebar.get_by_text(name, exact=True)).to_be_visible()
    expect(chat.titles()).to_have_text([f"From {name}" for name in days])
