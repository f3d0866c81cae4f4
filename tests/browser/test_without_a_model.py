"""A first start: no key, no server; the built-in offline model answers and says so."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from playwright.sync_api import Page, expect

from tests.browser.chat_tab import ChatTab
from tests.processes import ROOT, Server

PROGRAM = """
import sys
from streamlit.testing.v1 import AppTest
page = AppTest.from_file("pages/main.py", default_timeout=30).run()
page.chat_input[0].set_value("hello").run()
assert len(page.chat_message) == 2 and not page.exception
print(sorted({"pandas", "pyarrow", "numpy"} & set(sys.modules)))
"""


def test_it_greets_answers_and_says_who_does(page: Page, tmp_path: Path) -> None:
    with Server(tmp_path) as server:
        chat = ChatTab(page, server.url)
        chat.open()
        expect(page.get_by_text("What would you like to talk about?")).to_be_visible()
        expect(chat.errors).to_contain_text("Built-in offline model")
        expect(chat.errors).to_contain_text("OPENAI_BASE_URL")
        page.get_by_text("What can you do?").click()
        expect(page.locator(".st-key-stop")).to_have_count(0)
        expect(chat.answers.last).to_contain_text("parley-offline")
        expect(chat.questions.last).to_contain_text("What can you do?")


def test_the_chat_page_does_without_pandas(tmp_path: Path) -> None:
    environment = {
        "PARLEY_DATABASE_URL": f"sqlite:///{tmp_path / 'parley.db'}",
        "PARLEY_FIND_LOCAL_SERVERS": "false",
    }
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.stdout.strip() == "[]", done.stderr
