"""The list of chats: rename, pin, archive, duplicate, delete and undo, search, groups."""

from __future__ import annotations

import pytest

from chat.config import Settings
from chat.runtime import Runtime
from tests.pages.conftest import OpenScriptTab
from tests.pages.reading import written
from tests.pages.script_tab import ScriptTab
from tests.store.samples import seed

HOSTILE = "New :red[name] $x$ <b>"


@pytest.fixture(scope="module")
def settings(scripted: Settings) -> Settings:
    return scripted


def opened_on(tab: OpenScriptTab, parts: Runtime, *titles: str) -> tuple[ScriptTab, list[str]]:
    """A tab on the last of these chats, and all their ids."""
    ids = seed(parts.database, *titles)
    return tab(ids[-1]), ids


def test_renaming(tab: OpenScriptTab) -> None:
    chat = tab()
    chat.ask("Old name")
    this = chat.session_id
    chat.act_on(this, "Rename")
    assert "Rename session" in chat.asks
    assert chat.field("Title").value == "Old name"
    chat.fill("Title", HOSTILE)
    chat.press("Rename")
    assert chat.dialog is None
    assert chat.titles() == [HOSTILE]
    assert f"**{HOSTILE}**" in written(chat.app.main).splitlines()
    assert chat.row(this)["title"] == HOSTILE
    chat.ask("Another message")
    assert chat.titles() == [HOSTILE]


def test_an_empty_name_is_refused(tab: OpenScriptTab, parts: Runtime) -> None:
    chat, [only] = opened_on(tab, parts, "Old name")
    chat.act_on(only, "Rename")
    chat.fill("Title", "   ")
    chat.press("Rename")
    assert "The title is empty." in chat.asks
    chat.fill("Title", "Better")
    chat.press("Rename")
    assert chat.titles() == ["Better"]


def test_pinning(tab: OpenScriptTab, parts: Runtime) -> None:
    chat, [old, _] = opened_on(tab, parts, "Older chat", "Newer chat")
    assert chat.titles() == ["Newer chat", "Older chat"]
    chat.act_on(old, "Pin")
    assert chat.titles() == ["Older chat", "Newer chat"]
    assert chat.row(old)["pinned"]
    chat.act_on(old, "Unpin")
    assert chat.titles() == ["Newer chat", "Older chat"]
    assert not chat.row(old)["pinned"]


def test_archiving(tab: OpenScriptTab, parts: Runtime) -> None:
    chat, [gone, _] = opened_on(tab, parts, "Tax papers", "Other things")
    chat.act_on(gone, "Archive")
    assert chat.titles() == ["Other things"]
    chat.search("tax")
    assert chat.titles() == ["Tax papers"]
    chat.search("")
    assert chat.titles() == ["Other things"]
    chat.click("undo")
    assert chat.titles() == ["Other things", "Tax papers"]


def test_duplicating(tab: OpenScriptTab, parts: Runtime) -> None:
    chat, [first] = opened_on(tab, parts, "Recipe")
    chat.act_on(first, "Duplicate")
    assert chat.titles() == ["Copy of Recipe", "Recipe"]
    chat.reads("Answer to Recipe")
    assert chat.session_id != first
    chat.ask("Only in the copy")
    chat.open(first)
    assert len(chat.messages) == 2


def test_deleting_another_one_stays(tab: OpenScriptTab, parts: Runtime) -> None:
    chat, [one, two] = opened_on(tab, parts, "One", "Two")
    chat.act_on(one, "Delete")
    chat.press("Delete")
    assert chat.titles() == ["Two"]
    assert chat.session_id == two
    chat.reads("Answer to Two")


def test_thinking_twice_about_deleting(tab: OpenScriptTab, parts: Runtime) -> None:
    chat, [one] = opened_on(tab, parts, "One")
    chat.act_on(one, "Delete")
    assert "“One” with 2 messages goes to the trash" in chat.asks
    assert "30 days" in chat.asks
    chat.press("Cancel")
    assert chat.dialog is None
    assert chat.titles() == ["One"]


def test_deleting_the_last_one_leads_to_a_new_chat(tab: OpenScriptTab, parts: Runtime) -> None:
    chat, [only] = opened_on(tab, parts, "The only one")
    chat.act_on(only, "Delete")
    chat.press("Delete")
    assert chat.titles() == []
    assert "What would you like to talk about?" in chat.text
    assert chat.session_id == ""
    chat.ask("And on it goes")
    assert chat.titles() == ["And on it goes"]


def test_show_more(tab: OpenScriptTab, parts: Runtime) -> None:
    chat, _ = opened_on(tab, parts, *[f"Chat {number}" for number in range(1, 36)])
    assert len(chat.titles()) == 30
    chat.asks_for("more", rows=len(chat.rows))
    assert chat.titles() == [f"Chat {number}" for number in range(35, 0, -1)]
    assert not chat.app.part("sessions")["more"]


def test_show_more_twice_of_the_same_rows(tab: OpenScriptTab, parts: Runtime) -> None:
    """Somebody scrolls on until the rows are there."""
    chat, _ = opened_on(tab, parts, *[f"Chat {number}" for number in range(1, 76)])
    for _again in range(2):
        chat.asks_for("more", rows=30)
    assert len(chat.titles()) == 60
