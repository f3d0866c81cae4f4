"""Keys, and people who are faster than the page."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

from playwright.sync_api import expect

from store import sessions
from store.database import Database
from store.users import LOCAL_USER
from store.values import SessionKey
from tests.browser.chat_tab import ChatTab, gated, words
from tests.page_reader import read_page
from tests.scripted_model import ScriptedModel
from tests.waiting import until


def test_ctrl_k_puts_the_cursor_into_the_search(chat: ChatTab) -> None:
    chat.open()
    search = chat.page.locator(".st-key-search-chats input")
    expect(search).to_be_visible()

    def focused() -> bool:
        chat.page.keyboard.press("Control+k")
        return bool(search.evaluate("box => box === document.activeElement"))

    until(focused)


def test_no_message_is_lost_to_a_key_right_after_it(chat: ChatTab) -> None:
    chat.open()
    for number in range(10):
        # Else it is held until the last one was taken, and sent in the chat that is open by then.
        expect(chat.composer).not_to_have_attribute("aria-busy", "true")
        chat.composer.fill(f"quick {number} [[tokens=1]]")
        chat.composer.press("Enter")
        chat.page.keyboard.press("Control+j")
        sent = chat.page.get_by_role("button", name=f"quick {number} [[tokens=1]]", exact=True)
        expect(sent).to_be_visible()
        expect(chat.messages).to_have_count(0)


SLOWLY = """() => {
    const own = window.setTimeout
    window.setTimeout = (act, ms, ...given) => own(act, ms || 1000, ...given)
}"""
"""A busy browser: what is to be done at once comes after timers that are due by then."""


def test_a_message_counts_once_though_a_timer_takes_it_along(
    chat: ChatTab, database: Database
) -> None:
    """When it leaves once only, `chat.ui.internals.whole_clicks` need not look at timers."""
    with chat.page.expect_websocket() as opened:
        chat.open()
    left = []

    def note(frame: str | bytes) -> None:
        left.append(isinstance(frame, bytes) and b"Only once, please" in frame)

    def twice() -> bool:
        chat.page.evaluate("'Playwright tells of frames in between'")
        return sum(left) > 1

    opened.value.on("framesent", note)
    chat.composer.fill("Only once, please")
    opened.value.wait_for_event("framesent")  # of the timer, which is there from now on
    chat.page.evaluate(SLOWLY)
    chat.composer.press("Enter")
    until(twice)
    chat.reads("This is a scripted answer.")
    chat.ended()
    expect(chat.questions).to_have_count(1)
    with database.reading() as db:
        session = sessions.get(db, SessionKey(LOCAL_USER, chat.session_id))
    assert session.message_count == 2


def test_the_composer_keeps_its_place(chat: ChatTab, model: ScriptedModel) -> None:
    """Else a browser that is slow makes it anew, and what is typed meanwhile is gone."""
    script, gates = gated(4, 4)
    model.queue(script)
    chat.send("Count")
    chat.reads(words(4))
    with ThreadPoolExecutor() as pool:  # beside Playwright's own loop
        new = pool.submit(read_page, chat.url).result().places
        reading = pool.submit(read_page, chat.url, session=chat.session_id)
        answering = reading.result().places
    gates[0].opened.set()
    assert "chat_input" in new
    assert answering["chat_input"] == new["chat_input"]
