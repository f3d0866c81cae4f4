"""Hands that wait for nothing: New chat, type, Enter, another chat, Enter, all at once."""

from __future__ import annotations

import random

from playwright.sync_api import Browser, expect

from tests.browser.chat_tab import ChatTab
from tests.processes import Server
from tests.prove.account import Account, Found

OLD = 5
CLICK = """(rows, at) => {
  const title = rows.querySelectorAll(".title bdi")[at]
  title.dispatchEvent(new MouseEvent("click", { bubbles: true, composed: true }))
  return title.textContent
}"""
"""In one go: else the list may have moved between reading and clicking."""


def run(browser: Browser, server: Server, account: Account, count: int) -> Found:
    """So many messages in one tab; none of them may be anywhere but where it was meant to be."""
    dice = random.Random(8)
    meant: dict[str, str] = {}
    context = browser.new_context(viewport={"width": 1280, "height": 800})
    chat = ChatTab(context.new_page(), server.url)
    chat.open()
    for number in range(OLD):
        chat.click("new-chat")
        meant[f"old {number}"] = f"chat {number}"
        chat.send(f"old {number}")
        expect(chat.titles().filter(has_text=f"old {number}")).to_have_count(1)
    chats, rows = OLD, chat.sidebar.get_by_role("listbox")
    while len(meant) < count:
        keyboard = chat.page.keyboard
        name = f"chat {chats}"
        chats += 1
        if dice.random() < 0.5:
            keyboard.press("Control+j")
        else:
            chat.click("new-chat")
        for _ in range(dice.choice((1, 1, 2))):
            _say(chat, meant, name)
        if dice.random() < 0.5:
            keyboard.press("Control+j")
            _say(chat, meant, f"chat {chats}")
            chats += 1
        title = rows.evaluate(CLICK, dice.randrange(OLD), timeout=60_000)
        if title in meant:
            keyboard.press("Enter")  # a second Enter, with nothing to send
            _say(chat, meant, meant[title])
    found = account.settle("impatient hands", meant)
    context.close()
    return found


def _say(chat: ChatTab, meant: dict[str, str], name: str) -> None:
    text = f"message {len(meant)}"
    meant[text] = name
    chat.composer.focus()
    chat.page.keyboard.insert_text(text)
    chat.page.keyboard.press("Enter")
