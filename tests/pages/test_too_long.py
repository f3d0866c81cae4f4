"""Text that is too long comes in as it was pasted, and is refused with a reason, or cut in sight.

A field with a ``max_chars`` of its own drops a paste that is longer, and says nothing.
"""

from __future__ import annotations

import pytest

from chat.runtime import Runtime
from tests.pages.conftest import OpenScriptTab
from tests.pages.page_tab import PageTab
from tests.store.samples import seed

LONG = "שלום🎉" * 5_000
ASKED = {
    "Title": ("Rename", "Rename"),
    "Description": ("Details", "Save"),
    "Name of the new folder": ("Move", "Move"),
}
FIELDS = {
    "Name": ("folder", "Create folder"),
    "System prompt": ("folder", "Create folder"),
    "Display name": ("new-chat-options", "Create session"),
}


def refused(chat: PageTab, label: str, button: str) -> None:
    field = chat.field(label)
    assert not field.proto.max_chars, label
    chat.fill(label, LONG)
    chat.press(button)
    assert "characters." in chat.asks, label


def test_it_is_refused_with_a_reason(tab: OpenScriptTab, parts: Runtime) -> None:
    [place] = seed(parts.database, "One")
    chat = tab(place)
    for label, (option, button) in ASKED.items():
        chat.act_on(place, option)
        if option == "Move":
            chat.pick("Folder", "New folder…")
        refused(chat, label, button)
    for label, (dialog, button) in FIELDS.items():
        if dialog == "folder":
            chat.asks_for("folder")
            chat.fill("Name", "Work")
        else:
            chat.click(dialog)
        refused(chat, label, button)
    settings = tab(page="settings")
    settings.click("new-persona")
    settings.fill("Name", "Ann")
    refused(settings, "Greeting", "Save persona")
    assert not settings.app.text_input(key="profile-name").proto.max_chars


@pytest.mark.parametrize(("label", "most"), [("Search in messages", 500), ("Model", 200)])
def test_what_is_looked_for_is_cut_in_sight(tab: OpenScriptTab, label: str, most: int) -> None:
    chat = tab(page="search")
    assert not chat.field(label).proto.max_chars
    chat.fill(label, LONG)
    assert chat.field(label).value == LONG[:most]
