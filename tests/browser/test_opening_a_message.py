"""A message that somebody came for: in view, marked for a moment, and where the keyboard is."""

from __future__ import annotations

from datetime import timedelta

from playwright.sync_api import expect
from sqlalchemy import update

from store.database import Database
from store.tables import messages, sessions
from store.types import utc_now
from store.users import LOCAL_USER
from tests.browser.chat_tab import ChatTab
from tests.browser.conftest import OpenTab
from tests.store.samples import answered_again, chain, end, exchange, make

MARKED = "it => it.getAnimations().length"


def test_by_its_address(tab: OpenTab, database: Database) -> None:
    with database.transaction() as db:
        place = make(db, LOCAL_USER, title="Branches")
        exchange(db, place, "First question", "First answer")
        for number in range(12):
            exchange(db, place, f"Question {number}", f"Hidden {number} " + "word " * 400)
        end(db, place, answered_again(db, place, message_id=2).id, "Other answer")
        long = make(db, LOCAL_USER, title="Long")
        chain(db, long, 200)
    chat = tab(f"{place.session_id}&message=10")
    stands(chat, "Hidden 3 ")
    expect(chat.page).to_have_url(f"{chat.url}/?session={place.session_id}")
    chat.row(long.session_id).click()
    chat.reads("text 200")
    expect(chat.composer).to_be_focused()
    chat.open(f"{long.session_id}&message=99")
    stands(chat, "text 99")
    expect(chat.page.get_by_text("text 200", exact=True)).to_have_count(0)
    chat.send("[[tokens=4]]")
    chat.reads("w0 w1 w2 w3")
    expect(chat.messages.last).to_be_in_viewport()


def test_from_the_box_above_the_list(tab: OpenTab, database: Database) -> None:
    with database.transaction() as db:
        place = make(db, LOCAL_USER, title="Branches")
        exchange(db, place, "First question", "A striped zebra")
        end(db, place, answered_again(db, place, message_id=2).id, "Other answer")
        three_weeks_ago = utc_now() - timedelta(21)
        for table in (messages, sessions):
            db.execute(update(table).values(created_at=three_weeks_ago))
        db.execute(update(sessions).values(last_activity_at=three_weeks_ago))
    chat = tab()
    box = chat.key("search-chats").get_by_role("searchbox")
    box.fill("zebr")
    expect(chat.sidebar.get_by_text("In messages")).to_be_visible()
    chat.row(place.session_id).click()
    stands(chat, "A striped zebra")
    box.fill("zebra")
    box.press("Enter")
    hit = chat.key(f"hit-{place.session_id}-2").get_by_role("button")
    expect(hit.locator("strong")).to_have_text("zebra")
    expect(chat.page).to_have_url(f"{chat.url}/search?q=zebra")
    chat.page.reload()
    hit.press("Enter")
    stands(chat, "A striped zebra")
    chat.page.go_back()
    expect(hit.locator("strong")).to_have_text("zebra")


def stands(chat: ChatTab, text: str) -> None:
    """Wait until the message with this text is in view, marked and focused."""
    message = chat.messages.filter(has_text=text)
    expect(message).to_be_focused()
    expect(message).to_be_in_viewport()
    assert message.evaluate(MARKED)
