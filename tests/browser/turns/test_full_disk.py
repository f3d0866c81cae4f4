"""A disk that is full: the page says so, keeps what was typed, and goes on once there is room."""

from __future__ import annotations

import resource
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import BrowserContext, expect

from tests.browser.chat_tab import ChatTab
from tests.processes import SOON, Server
from tests.scripted_model import ScriptedModel

SMALL = 16_384  # more than the server's log needs, less than what the database has


@contextmanager
def full_disk(pid: int) -> Iterator[None]:
    """No file of that process can be written beyond 16 KB; SQLite sees a failing write."""
    before = resource.prlimit(pid, resource.RLIMIT_FSIZE, (SMALL, resource.RLIM_INFINITY))
    try:
        yield
    finally:
        resource.prlimit(pid, resource.RLIMIT_FSIZE, before)


def test_a_full_disk(context: BrowserContext, model: ScriptedModel, tmp_path: Path) -> None:
    with Server(tmp_path, SOON | {"OPENAI_BASE_URL": model.base_url}) as server:
        chat = ChatTab(context.new_page(), server.url)
        chat.open()
        chat.ask("Before")
        with full_disk(server.pid):
            chat.composer.fill("Do not lose me")
            chat.composer.press("Enter")
            expect(chat.flying).to_contain_text("Do not lose me")
            expect(chat.flying).to_contain_text("Free some disk space")
            expect(chat.messages).to_have_count(2)
        expect(chat.questions).to_have_count(2)
        chat.ended()
        expect(chat.questions.last).to_contain_text("Do not lose me")
        expect(chat.answers).to_have_count(2)
        expect(chat.errors).to_have_count(0)
        assert "Traceback" not in server.log
