"""Manage sessions: the table, its filter, several rows at once, the trash, and clear all."""

from __future__ import annotations

import pytest

from chat.config import Settings
from chat.runtime import Runtime
from tests.pages.conftest import OpenScriptTab
from tests.pages.script_tab import ScriptTab
from tests.store.samples import seed


@pytest.fixture(scope="module")
def settings(scripted: Settings) -> Settings:
    return scripted


@pytest.fixture
def ids(parts: Runtime) -> list[str]:
    """One, Two, Three, Four; the table shows them the other way round."""
    return seed(parts.database, "One", "Two", "Three", "Four")


@pytest.fixture
def manage(ids: list[str], tab: OpenScriptTab) -> ScriptTab:
    made = tab(page="manage")
    assert listed(made) == ["Four", "Three", "Two", "One"]
    return made


def listed(manage: ScriptTab) -> list[str]:
    """The titles in the table."""
    return [title for table in manage.app.dataframe for title in table.value["Title"]]


def select(manage: ScriptTab, *rows: int) -> None:
    """Tick the boxes of these rows."""
    [table] = manage.app.dataframe
    chosen = {"selection": {"rows": list(rows), "columns": [], "cells": []}}
    manage.app.session_state[table.key] = chosen
    manage.run()


def view(manage: ScriptTab, name: str) -> None:
    manage.fill("List", name)


def test_the_table(manage: ScriptTab) -> None:
    assert "4 chats, 0 of them archived, with 8 messages" in manage.text
    [table] = manage.app.dataframe
    assert list(table.value["Last message"])[2] == "Answer to Two"
    for name in ("Open", "Archive", "Delete"):
        assert manage.button(name).disabled


def test_filtering(manage: ScriptTab) -> None:
    manage.fill("Filter", "answer THREE")
    assert listed(manage) == ["Three"]
    manage.fill("Filter", "nothing has this")
    assert "Nothing matches the filter." in manage.text


def test_archiving_several(manage: ScriptTab) -> None:
    select(manage, 0, 2)
    manage.press("Archive (2)")
    assert listed(manage) == ["Three", "One"]
    assert manage.button("Archive").disabled
    view(manage, "Archived")
    assert listed(manage) == ["Four", "Two"]
    select(manage, 1)
    manage.press("Unarchive (1)")
    assert listed(manage) == ["Four"]
    view(manage, "Chats")
    assert listed(manage) == ["Three", "Two", "One"]


def test_deleting_several_and_restoring(manage: ScriptTab) -> None:
    select(manage, 1, 2)
    manage.press("Delete (2)")
    assert listed(manage) == ["Four", "One"]
    assert manage.button("Delete").disabled
    assert manage.titles() == ["Four", "One"]
    view(manage, "Trash")
    assert sorted(listed(manage)) == ["Three", "Two"]
    select(manage, 0)
    manage.press("Restore (1)")
    assert len(listed(manage)) == 1
    view(manage, "Chats")
    assert len(manage.titles()) == 3


def test_undoing_a_deletion(manage: ScriptTab) -> None:
    select(manage, 0, 1, 2, 3)
    manage.press("Delete (4)")
    assert "No chats yet." in manage.text
    manage.click("undo")
    assert listed(manage) == ["Four", "Three", "Two", "One"]


def test_clearing_all_asks_for_a_word(manage: ScriptTab) -> None:
    manage.press("Clear all")
    assert "All 4 chats" in manage.asks
    manage.fill("Type DELETE to confirm", "delete")
    manage.press("Clear all")
    assert "Nothing was deleted" in manage.asks
    manage.fill("Type DELETE to confirm", "DELETE")
    manage.press("Clear all")
    assert manage.dialog is None
    assert "No chats yet." in manage.text
    assert manage.titles() == []
    manage.click("undo")
    assert listed(manage) == ["Four", "Three", "Two", "One"]


def test_deleting_for_good(manage: ScriptTab) -> None:
    select(manage, 0, 1, 2)
    manage.press("Delete (3)")
    view(manage, "Trash")
    assert sorted(listed(manage)) == ["Four", "Three", "Two"]
    select(manage, 0)
    manage.press("Delete for good (1)")
    assert "1 chat with all messages will be removed" in manage.asks
    manage.fill("Type DELETE to confirm", "DELETE")
    manage.press("Delete for good")
    assert manage.dialog is None
    assert "2 in the trash" in manage.text
    manage.press("Empty trash")
    manage.fill("Type DELETE to confirm", "DELETE")
    manage.press("Delete for good")
    assert "The trash is empty." in manage.text
    view(manage, "Chats")
    assert listed(manage) == ["One"]


def test_the_sidebar_works_here_too(manage: ScriptTab, ids: list[str]) -> None:
    manage.act_on(ids[1], "Rename")
    manage.fill("Title", "Renamed from here")
    manage.press("Rename")
    assert manage.titles()[2] == listed(manage)[2] == "Renamed from here"
    manage.new_chat()
    manage.ask("From the manage page")
    assert manage.titles()[0] == "From the manage page"
