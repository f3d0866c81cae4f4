"""A first start: no key, no server; the built-in offline model answers and says so."""

from __future__ import annotations

from pathlib import Path

from playwright.sync_api import Page, expect

from tests.browser.chat_tab import ChatTab
from tests.processes import Server


def test_it_greets_answers_and_says_who_does(page: Page, tmp_path: Path) -> None:
    with Server(tmp_path, {"PARLEY_OFFLINE_TOKENS_PER_SECOND": "5000"}) as server:
        chat = ChatTab(page, server.url)
        chat.open()
        expect(page.get_by_text("What would you like to talk about?")).to_be_visible()
        expect(chat.errors).to_contain_text("Built-in offline model")
        expect(chat.errors).to_contain_text("OPENAI_BASE_URL")
        page.get_by_text("What can you do?").click()
        expect(page.locator(".st-key-stop")).to_have_count(0)
        expect(chat.answers.last).to_contain_text("parley-offline")
        expect(chat.questions.last).to_contain_text("What can you do?")
