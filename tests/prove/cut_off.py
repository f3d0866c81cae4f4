"""The tab is closed, or the server killed, in the moment after Enter."""

from __future__ import annotations

import random

from playwright.sync_api import Browser

from tests.browser.chat_tab import ChatTab
from tests.processes import Server
from tests.prove.account import Account, Found

LONGEST_MS = 300


def run(browser: Browser, server: Server, account: Account, count: int) -> Found:
    """So many messages, each in a chat of its own; after reopening all of them are stored once."""
    dice = random.Random(9)
    meant: dict[str, str] = {}
    context = browser.new_context(viewport={"width": 1280, "height": 800})
    chat = ChatTab(context.new_page(), server.url)
    chat.open()
    for number in range(count):
        text = f"cut {number}"
        meant[text] = text
        chat.composer.fill(text)
        chat.composer.press("Enter")
        chat.page.wait_for_timeout(dice.uniform(0, LONGEST_MS))
        if number % 2:
            server.kill()
            server.start()
        else:
            chat.page.close()
            chat = ChatTab(context.new_page(), server.url)
        chat.open()
    found = account.settle("cut off after Enter", meant)
    context.close()
    return found
