"""Files of chats, out and in, on the page."""

from __future__ import annotations

import json
from typing import Any

import pytest

from chat.config import Settings
from chat.runtime import Runtime
from chat.ui import state
from store.users import LOCAL_USER
from tests.chat.transfer import exports
from tests.chat.transfer.exports import dumped
from tests.pages.conftest import OpenScriptTab
from tests.pages.script_tab import ScriptTab
from tests.store.samples import seed
from tests.waiting import until


@pytest.fixture(scope="module")
def settings(scripted: Settings) -> Settings:
    return scripted


def held(parts: Runtime, page: ScriptTab, data: bytes) -> str:
    """A file that the server has counted, as the field says it to the page."""
    spool = parts.imports.spools.open(LOCAL_USER, "admin")
    parts.imports.spools.write(spool, data)
    parts.imports.preview(spool)
    page.app.session_state[state.KEY].upload = spool.id
    page.run()
    return spool.id


def test_a_file_is_shown_before_it_comes_in(tab: OpenScriptTab, parts: Runtime) -> None:
    page = tab(page="import")
    assert "File of chats" in str(page.app) or "500 MB" in page.text
    held(parts, page, dumped([exports.chatgpt()]))
    assert "From ChatGPT" in page.text
    assert "6 messages" in page.text
    assert "Image left out" in page.text
    page.click("import-start")
    until(lambda: not parts.imports.newest(LOCAL_USER).is_running)  # type: ignore[union-attr]
    page.run()
    assert "The import is done" in page.text
    assert "6 messages" in page.text
    assert "A loose chain" in page.titles()


def test_columns_are_changed_and_a_file_can_be_let_go(tab: OpenScriptTab, parts: Runtime) -> None:
    page = tab(page="import")
    held(parts, page, b"content,note,role\nHi,*x*,user\nHello,,bot\n")
    assert "2 messages" in page.text
    page.fill("Text", "note")
    assert "1 message" in page.text
    assert "It has no text" in page.text
    page.click("import-discard")
    assert "500 MB" in page.text
    assert parts.imports.newest(LOCAL_USER) is None


def test_chats_are_chosen_and_exported(tab: OpenScriptTab, parts: Runtime) -> None:
    ids = seed(parts.database, "One", "Two")
    page = tab(ids[0])
    page.act_on(ids[1], "Export")
    assert "1 chat as" in page.text
    manage = tab(page="manage")
    manage.click("export")
    assert "All your chats as" in manage.text


def test_what_is_exported_is_all_of_theirs(parts: Runtime) -> None:
    seed(parts.database, "One", "Two")
    made = parts.exports.make(LOCAL_USER, "json")
    whole: dict[str, Any] = json.loads(b"".join(made.pieces))
    assert [one["title"] for one in whole["sessions"]] == ["One", "Two"]
