"""A newcomer: greeting, the first message, and how the chat gets its name and its address."""

from __future__ import annotations

import re

from playwright.sync_api import expect

from tests.browser.chat_tab import ChatTab


def test_the_first_message(chat: ChatTab) -> None:
    expect(chat.page).to_have_url(f"{chat.url}/")
    expect(chat.titles()).to_have_count(0)
    chat.ask("What is the weather like in the mountains of Norway in May?")
    assert re.fullmatch("[0-9a-f]{32}", chat.session_id)
    title = "What is the weather like in the mountains of…"
    expect(chat.titled(chat.session_id)).to_have_text(title)
    expect(chat.heading).to_have_text(title)
    expect(chat.sidebar.get_by_text("Today", exact=True)).to_be_visible()
    expect(chat.page.get_by_text("What would you like to talk about?")).to_have_count(0)


def test_keys_and_the_browser_s_back_button(chat: ChatTab) -> None:
    chat.composer.press_sequentially("one")
    chat.composer.press("Shift+Enter")
    chat.composer.press_sequentially("two")
    expect(chat.composer).to_have_value("one\ntwo")
    expect(chat.messages).to_have_count(0)
    chat.ask("One")
    one = chat.session_id
    chat.page.keyboard.press("Control+j")
    expect(chat.page).to_have_url(f"{chat.url}/")
    expect(chat.answers).to_have_count(0)
    expect(chat.page.get_by_text("What would you like to talk about?")).to_be_visible()
    chat.page.go_back()
    expect(chat.page).to_have_url(re.compile(one))
    chat.reads("This is a scripted answer.")
