"""Chats in order: folders and tags in the list, its filter, and their dialogs."""

from __future__ import annotations

import pytest

from chat.config import Settings
from chat.runtime import Runtime
from store import sessions
from store.folders import NewFolder
from store.session_values import ChatSession
from store.users import LOCAL_USER
from store.values import SessionKey
from tests.pages.conftest import OpenScriptTab
from tests.pages.reading import name_of
from tests.pages.script_tab import ScriptTab
from tests.store.samples import seed


@pytest.fixture(scope="module")
def settings(scripted: Settings) -> Settings:
    return scripted


@pytest.fixture
def ids(parts: Runtime) -> list[str]:
    """One, in Home; Two, in Work; Three, in the folder in Work; Four."""
    made = seed(parts.database, "One", "Two", "Three", "Four")
    for new in (NewFolder("Home"), NewFolder("Work", colour="red", system_prompt="Be brief.")):
        parts.filing.create_folder(LOCAL_USER, new, new.name)
    parts.filing.create_folder(LOCAL_USER, NewFolder("2026", parent_id="Work"), "2026")
    for session_id, folder in zip(made, ("Home", "Work", "2026"), strict=False):
        parts.filing.move([SessionKey(LOCAL_USER, session_id)], folder)
    return made


@pytest.fixture
def chat(ids: list[str], tab: OpenScriptTab) -> ScriptTab:
    return tab()


def stored(parts: Runtime, session_id: str) -> ChatSession:
    with parts.database.reading() as db:
        return sessions.get(db, SessionKey(LOCAL_USER, session_id))


def choose(chat: ScriptTab, label: str, option: str) -> None:
    """One of those in a box of the filter."""
    box = chat.app.selectbox(key=f"filter-{label}")
    chat.use(box.select_index([name_of(one) for one in box.options].index(option)))


def only(chat: ScriptTab, *names: str) -> None:
    chat.use(chat.app.button_group(key="filter-only").set_value(list(names)))


def open_filters(chat: ScriptTab) -> None:
    chat.app.session_state["filters"] = True
    chat.run()


def test_a_folder_lists_what_is_in_it_and_what_begins_then(chat: ScriptTab, parts: Runtime) -> None:
    shown = chat.app.part("sessions")["folders"]
    assert [(one["name"], one["inner"]) for one in shown] == [
        ("Home", False),
        ("Work", False),
        ("2026", True),
    ]
    chat.asks_for("filter", folder="Work")
    assert chat.titles() == ["Three", "Two"]
    assert chat.app.part("sessions")["filter"] == {"folder": "Work"}
    assert chat.app.part("newChat")["folder"] == "Work"
    chat.ask("Begun here")
    assert stored(parts, chat.session_id).folder == "Work"
    assert chat.titles() == ["Begun here", "Three", "Two"]
    chat.asks_for("filter", folder="")
    assert chat.titles() == ["Four"]
    assert chat.called("clear-filters").endswith("Clear filter: no folder")
    chat.click("clear-filters")
    assert len(chat.titles()) == 5
    assert not chat.has("clear-filters")
    chat.new_chat()
    chat.ask("Begun nowhere")
    assert stored(parts, chat.session_id).folder is None
    for nonsense in (7, "../x", ["Work"], "missing"):
        chat.asks_for("filter", folder=nonsense)
        assert len(chat.titles()) == 6


def test_filtering_in_the_box(chat: ScriptTab, parts: Runtime, ids: list[str]) -> None:
    one, two, three, _ = (SessionKey(LOCAL_USER, session_id) for session_id in ids)
    parts.filing.tag([one, two], add=["bike"], drop=[])
    parts.sessions.mark(three, 2, bookmarked=True)
    parts.sessions.archive([two])
    open_filters(chat)
    choose(chat, "tag", "bike")
    assert chat.titles() == ["One"]
    only(chat, "Archived")
    assert chat.titles() == ["Two"]
    assert "bike, archived" in chat.called("clear-filters")
    chat.click("clear-filters")
    only(chat, "Bookmarked", "Unread")
    assert chat.titles() == ["Three"]
    choose(chat, "folder", "Home")
    assert "No chat matches the filter." in str(chat.app.part("sessions")["nothing"])
    only(chat)
    assert chat.titles() == ["One"]
    chat.search("nothing")
    assert chat.titles() == []
    chat.search("on")
    assert chat.titles() == ["One"]


def test_moving_a_chat_by_menu_and_by_dropping(
    chat: ScriptTab, parts: Runtime, ids: list[str]
) -> None:
    chat.act_on(ids[3], "Move")
    assert chat.options("Folder")[:2] == ["No folder", "Home"]
    chat.pick("Folder", "New folder…")
    chat.fill("Name of the new folder", "work")
    chat.press("Move")
    assert "There is a folder “work” already." in chat.asks
    chat.fill("Name of the new folder", "Travel")
    chat.press("Move")
    assert chat.dialog is None
    folder = stored(parts, ids[3]).folder
    assert chat.row(ids[3])["folder"] == folder
    assert "Moved to “Travel”: 1 chat." in chat.text
    chat.click("undo")
    assert stored(parts, ids[3]).folder is None
    chat.asks_for("move", session=ids[3], folder="Home")
    assert stored(parts, ids[3]).folder == "Home"
    chat.asks_for("move", session=ids[3], folder="")
    assert stored(parts, ids[3]).folder is None
    chat.asks_for("move", session=ids[3], folder="missing")
    assert "There is no such folder." in chat.errors
    chat.asks_for("move", session=ids[0], folder="../x")
    assert "There is no such folder." in chat.errors
    chat.asks_for("move", session=ids[0], folder=None)
    assert stored(parts, ids[0]).folder == "Home"
    chat.asks_for("move", session="missing", folder="Home")
    assert "There is no such chat." in chat.errors


def test_tagging_a_chat(chat: ScriptTab, parts: Runtime, ids: list[str]) -> None:
    chat.act_on(ids[0], "Tags")
    chat.fill("Tags", ["#Bike", "red wine"])
    chat.press("Save")
    assert chat.row(ids[0])["tags"] == ["bike", "red wine"]
    chat.act_on(ids[0], "Tags")
    assert chat.field("Tags").value == ["bike", "red wine"]
    chat.fill("Tags", ["x" * 41])
    chat.press("Save")
    assert "A tag has 41 characters." in chat.asks
    chat.fill("Tags", ["bike"])
    chat.press("Save")
    assert stored(parts, ids[0]).tags == ("bike",)
    chat.click("undo")
    assert stored(parts, ids[0]).tags == ("bike", "red wine")


def test_a_folder_is_made_changed_and_deleted(chat: ScriptTab, parts: Runtime) -> None:
    open_filters(chat)
    chat.click("new-folder")
    chat.fill("Name", "  ")
    chat.press("Create folder")
    assert "name is empty" in chat.asks
    chat.fill("Name", "Travel")
    chat.pick("In the folder", "Work")
    chat.pick("Colour", "Green")
    chat.press("Create folder")
    assert "The folder “Travel” is made." in chat.text
    made = chat.app.part("sessions")["folders"][-1]
    assert (made["name"], made["colour"], made["inner"]) == ("Travel", "green", True)
    chat.asks_for("folder", folder="Work")
    assert chat.field("System prompt").value == "Be brief."
    assert chat.options("In the folder") == ["None"]
    chat.fill("Name", "Job")
    chat.press("Save")
    chat.asks_for("filter", folder="Work")
    chat.asks_for("folder", folder="Work")
    chat.click("ask-delete-folder")
    assert "What is in it is kept: 1 chat, then in no folder" in chat.asks
    chat.press("Delete folder")
    assert [one["name"] for one in chat.app.part("sessions")["folders"]] == [
        "2026",
        "Home",
        "Travel",
    ]
    assert len(chat.titles()) == 4
    chat.asks_for("folder", folder="Work")
    assert "deleted meanwhile" in chat.asks


def test_details_are_read_and_written(chat: ScriptTab, parts: Runtime, ids: list[str]) -> None:
    chat.act_on(ids[1], "Details")
    chat.fill("Description", "About <b>")
    chat.pick("Folder", "↳ 2026")
    chat.fill("Tags", ["a"])
    chat.fill("Metadata", "ticket: 7\nno name here")
    chat.press("Save")
    assert "Line 2 of the metadata has no name." in chat.asks
    chat.fill("Metadata", "ticket: 7\n\nwho: Ann: and Bob")
    chat.press("Save")
    assert chat.dialog is None
    found = stored(parts, ids[1])
    assert (found.description, found.folder, found.tags) == ("About <b>", "2026", ("a",))
    assert found.metadata == {"ticket": "7", "who": "Ann: and Bob"}
    chat.act_on(ids[1], "Details")
    assert chat.field("Metadata").value == "ticket: 7\nwho: Ann: and Bob"
    for wrong in ('{"a": ', "[1]", '{"a": NaN}', "[" * 50_000, f'{{"a": {"1" * 5000}}}'):
        chat.fill("Metadata", wrong)
        chat.press("Save")
        assert chat.dialog is not None
    chat.fill("Metadata", '{"a": [1, null]}')
    chat.press("Save")
    assert stored(parts, ids[1]).metadata == {"a": [1, None]}
    chat.act_on(ids[1], "Details")
    assert '"a"' in chat.field("Metadata").value


def test_a_chats_settings_say_what_its_folders_add(
    tab: OpenScriptTab, ids: list[str], parts: Runtime
) -> None:
    chat = tab(ids[2])
    chat.open_settings()
    assert "Its folder adds before that: Be brief." in chat.text
    chat.open(ids[0])
    chat.open_settings()
    assert "Its folder adds" not in chat.text


def test_many_at_once_on_the_manage_page(
    tab: OpenScriptTab, parts: Runtime, ids: list[str]
) -> None:
    manage = tab(page="manage")

    def select(*rows: int) -> None:
        [table] = manage.app.dataframe
        chosen = {"selection": {"rows": list(rows), "columns": [], "cells": []}}
        manage.app.session_state[table.key] = chosen
        manage.run()

    def column(name: str) -> list[str]:
        return [one for table in manage.app.dataframe for one in table.value[name]]

    assert column("Folder") == ["", "2026", "Work", "Home"]
    select(0, 1, 3)
    manage.press("Move (3)")
    manage.pick("Folder", "Work")
    manage.press("Move")
    assert column("Folder") == ["Work", "Work", "Work", "Work"]
    manage.click("undo")
    assert column("Folder") == ["", "2026", "Work", "Home"]
    select(0, 3)
    manage.press("Tags (2)")
    manage.fill("Add", ["Bike"])
    manage.press("Save")
    assert column("Tags") == ["bike", "", "", "bike"]
    manage.fill("Tag", "bike")
    assert column("Title") == ["Four", "One"]
    select(0)
    manage.press("Tags (1)")
    manage.fill("Tags", [])
    manage.press("Save")
    assert column("Title") == ["One"]
    manage.click("undo")
    manage.pick("Folder", "In no folder")
    assert column("Title") == ["Four"]
    manage.pick("Folder", "Home")
    assert column("Title") == ["One"]
    parts.filing.remove_folder(LOCAL_USER, "Home")
    parts.filing.tag([SessionKey(LOCAL_USER, one) for one in ids], add=[], drop=["bike"])
    manage.run()
    assert column("Title") == ["Four", "Three", "Two", "One"]


@pytest.mark.parametrize(("dialog", "button"), [("Move", "Move"), ("Details", "Save")])
def test_a_folder_that_another_tab_deleted(
    chat: ScriptTab, parts: Runtime, ids: list[str], dialog: str, button: str
) -> None:
    parts.filing.create_folder(LOCAL_USER, NewFolder("Beta"), "Beta")
    before = stored(parts, ids[0]).folder
    chat.act_on(ids[0], dialog)
    chat.pick("Folder", "Beta")
    parts.filing.remove_folder(LOCAL_USER, "Beta")
    chat.press(button)
    assert "There is no such folder." in chat.text
    assert "Moved to" not in chat.text
    assert stored(parts, ids[0]).folder == before
    chat.act_on(ids[1], dialog)
    assert "Deleted meanwhile" not in chat.options("Folder"), "of another chat"
