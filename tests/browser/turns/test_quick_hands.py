"""Keys, and people who are faster than the page."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

from playwright.sync_api import expect

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
        chat.composer.fill(f"quick {number} [[tokens=1]]")
        chat.composer.press("Enter")
        chat.page.keyboard.press("Control+j")
        sent = chat.page.get_by_role("option", name=f"quick {number} [[tokens=1]]", exact=True)
        expect(sent).to_be_visible()
        expect(chat.messages).to_have_count(0)


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
    assert "parley-composer" in new
    assert answering["parley-composer"] == new["parley-composer"]
