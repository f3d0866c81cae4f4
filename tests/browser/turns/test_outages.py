"""When things under Parley break: it says so, keeps what was typed, and goes on once mended."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, expect
from sqlalchemy import select

from store.database import Database
from store.pieces import CONTENT
from store.tables import messages
from tests.browser.chat_tab import ChatTab, gated, words
from tests.model_script import Script, Text
from tests.processes import SOON, Server
from tests.scripted_model import ScriptedModel
from tests.waiting import until

SCRIPTED = "This is a scripted answer."
AWAY = "The database is not available"
BACK_MS = 40_000
"""A tab looks for its server after 0.5, 1, 2, 4 … s, and the server has to start."""

CLICK_ONCE_BACK = """text => {
  let away = false
  const look = () => {
    const buttons = [...document.querySelectorAll("button")]
    const button = buttons.findLast(one => one.innerText.includes(text))
    if (away && button && !button.disabled) return button.click()
    away ||= button?.disabled
    requestAnimationFrame(look)
  }
  look()
}"""
"""As soon as the page takes clicks again, which is before it is drawn by the new process."""


@pytest.fixture(scope="module")
def fragile_server(
    model_server: ScriptedModel, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Server]:
    folder = tmp_path_factory.mktemp("fragile")
    with Server(folder, SOON | {"OPENAI_BASE_URL": model_server.base_url}) as server:
        yield server


@pytest.fixture
def fragile(
    context: BrowserContext, fragile_server: Server, model: ScriptedModel
) -> Iterator[ChatTab]:
    """A tab on a server whose database and process the test may break."""
    before = len(fragile_server.log)
    chat = ChatTab(context.new_page(), fragile_server.url)
    chat.open()
    yield chat
    assert "Traceback" not in fragile_server.log[before:]
    expect(chat.page.get_by_text("Traceback")).to_have_count(0)


@pytest.fixture
def folder(fragile_server: Server) -> Path:
    return fragile_server.folder / "data"


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    """While another program holds the database."""
    other = sqlite3.connect(folder / "parley.db", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    try:
        yield
    finally:
        other.execute("ROLLBACK")
        other.close()


@contextmanager
def away(folder: Path) -> Iterator[None]:
    """While the database is not where it was; whatever happens, it comes back."""
    elsewhere = folder.with_name("elsewhere")
    folder.rename(elsewhere)
    try:
        yield
    finally:
        elsewhere.rename(folder)


def test_the_database_is_moved_away(fragile: ChatTab, folder: Path) -> None:
    fragile.ask("Before")
    with away(folder):
        fragile.send("Do not lose me")
        expect(fragile.flying).to_contain_text("Do not lose me")
        expect(fragile.flying).to_contain_text(AWAY)
    expect(fragile.answers).to_have_count(2)
    fragile.reads(SCRIPTED)
    fragile.ended()
    expect(fragile.questions).to_have_count(2)
    expect(fragile.errors).to_have_count(0)


def test_opening_the_page_without_a_database(
    context: BrowserContext, fragile: ChatTab, folder: Path
) -> None:
    fragile.ask("Before")
    this = fragile.session_id
    with away(folder):
        other = ChatTab(context.new_page(), fragile.url)
        other.open(this)
        expect(other.errors.first).to_contain_text("Put the file and its folder back")
    other.reads(SCRIPTED)
    expect(other.errors).to_have_count(0)
    expect(other.row(this)).to_be_visible()


def test_the_database_goes_away_in_mid_answer(
    fragile: ChatTab, folder: Path, model: ScriptedModel
) -> None:
    script, gates = gated(3, 3, 3)
    model.queue(script)
    fragile.send("Count")
    fragile.reads(words(3))
    with away(folder):
        gates[0].opened.set()
        fragile.reads(words(6))
        gates[1].opened.set()
        # Beside it, it says that the end is not stored yet.
        expect(fragile.answers.last).to_contain_text(words(9))
    fragile.ended()
    fragile.reads(words(9))
    fragile.page.reload()
    fragile.reads(words(9))
    expect(fragile.errors).to_have_count(0)


def test_a_locked_database(fragile: ChatTab, folder: Path) -> None:
    with locked(folder):
        fragile.send("Do not lose me")
        expect(fragile.flying).to_contain_text("Sending…")
        expect(fragile.flying).to_contain_text("it is locked", timeout=15_000)
        expect(fragile.flying).to_contain_text("Another program holds the database")
        expect(fragile.messages).to_have_count(0)
    fragile.reads(SCRIPTED)
    fragile.ended()
    expect(fragile.questions).to_have_count(1)
    expect(fragile.errors).to_have_count(0)


def test_three_messages_while_the_database_is_busy(fragile: ChatTab, folder: Path) -> None:
    with locked(folder):
        for text in ("One", "Two", "Three"):
            fragile.send(text)
        expect(fragile.flying).to_have_text([re.compile(t) for t in ("One", "Two", "Three")])
    expect(fragile.answers).to_have_count(3)
    fragile.ended()
    expect(fragile.questions).to_have_text([re.compile(t) for t in ("One", "Two", "Three")])


def test_what_cannot_be_stored_is_taken_back(fragile: ChatTab, folder: Path) -> None:
    with locked(folder):
        fragile.send("One")
        fragile.composer.fill("Two")
        fragile.flying.get_by_role("button", name="Take back").click(timeout=15_000)
        expect(fragile.composer).to_have_value("One\nTwo")
        expect(fragile.flying).to_have_count(0)
    fragile.composer.press("Enter")
    fragile.reads(SCRIPTED)
    fragile.ended()
    expect(fragile.questions).to_have_count(1)


def test_killed_in_mid_answer(
    fragile: ChatTab, fragile_server: Server, folder: Path, model: ScriptedModel
) -> None:
    script, gates = gated(3, 3, 3)
    model.queue(script)
    fragile.send("Count")
    gates[0].opened.set()
    fragile.reads(words(6))
    this = fragile.session_id
    _wait_for_checkpoint(folder / "parley.db", words(6))
    fragile_server.kill()
    fragile_server.start()
    fragile.open(this)
    expect(fragile.questions.last).to_contain_text("Count")
    fragile.reads(words(6))
    expect(fragile.answers.last).to_contain_text("The server stopped while answering")
    model.queue(Script([Text("and on")]))
    fragile.answers.last.get_by_role("button", name="Continue").click()
    fragile.reads(words(6) + " and on")
    fragile.ended()
    fragile.answers.last.get_by_role("button", name="Previous version").click()
    fragile.reads(words(6))
    model.queue(Script([Text("Another try.")]))
    fragile.answers.last.get_by_role("button", name="Retry").click()
    fragile.reads("Another try.")
    fragile.ended()
    expect(fragile.answers.last).to_contain_text("3/3")


def test_an_open_tab_over_a_restart(
    fragile: ChatTab, fragile_server: Server, model: ScriptedModel
) -> None:
    _count_to_three(fragile, model)
    fragile.composer.fill("Half-typed")
    fragile_server.restart()
    end = "The server stopped while answering"
    expect(fragile.answers.last).to_contain_text(end, timeout=BACK_MS)
    fragile.reads(words(3))
    expect(fragile.composer).to_have_value("Half-typed")
    fragile.answers.last.get_by_role("button", name="Retry").click()
    fragile.reads(SCRIPTED)
    fragile.ended()


def test_a_click_on_what_the_former_process_drew(
    fragile: ChatTab, fragile_server: Server, model: ScriptedModel
) -> None:
    _count_to_three(fragile, model)
    fragile.click("stop")
    expect(fragile.answers.last.get_by_role("button", name="Retry")).to_be_visible()
    fragile.page.evaluate(CLICK_ONCE_BACK, "Retry")
    fragile_server.restart()
    answer = fragile.body(fragile.answers.last).first
    expect(answer).to_have_text(SCRIPTED, timeout=BACK_MS)
    fragile.ended()
    expect(fragile.answers.last).to_contain_text("2/2")


def _count_to_three(fragile: ChatTab, model: ScriptedModel) -> None:
    """Begin an answer that goes on until it is ended."""
    script, _ = gated(3, 3)
    model.queue(script)
    fragile.send("Count")
    fragile.reads(words(3))


def _wait_for_checkpoint(path: Path, text: str) -> None:
    with closing(Database(f"sqlite:///{path}")) as database:

        def kept() -> bool:
            with database.reading() as db:
                found = db.scalars(select(CONTENT).where(messages.c.status == "streaming"))
                return any(text == one.strip() for one in found)

        until(kept)
