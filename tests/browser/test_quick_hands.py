"""Keys, and people who are faster than the page."""

from __future__ import annotations

from playwright.sync_api import expect

from tests.browser.chat_tab import ChatTab
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
        sent = chat.page.get_by_role("button", name=f"quick {number} [[tokens=1]]", exact=True)
        expect(sent).to_be_visible()
        expect(chat.messages).to_have_count(0)
