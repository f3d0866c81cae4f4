"""Ask again with another model from an answer's menu, and the versions beside each other."""

from __future__ import annotations

import pytest

from chat.config import Settings
from tests.model_script import Script, Text
from tests.pages.conftest import OpenScriptTab
from tests.pages.script_tab import ScriptTab
from tests.scripted_model import ScriptedModel


@pytest.fixture(scope="module")
def settings(scripted: Settings) -> Settings:
    return scripted


@pytest.fixture
def chat(tab: OpenScriptTab) -> ScriptTab:
    return tab()


def test_another_model_and_what_differs(chat: ScriptTab, model: ScriptedModel) -> None:
    model.queue(Script([Text("It is red.")]), Script([Text("It is blue.")]))
    chat.ask("Which colour?", "It is red.")
    chat.act(chat.answers[-1], "Ask again with…")
    assert "another version of this one" in chat.asks
    chat.pick("Model", "scripted-2")
    chat.press("Ask again")
    chat.ended()
    chat.reads("It is blue.")
    assert model.requests[-1].body["model"] == "scripted-2"
    assert chat.model != "scripted-2", "the chat goes on as before"
    chat.act(chat.answers[-1], "Compare versions")
    for text in ("Version 1 of 2", "Version 2 of 2", "7 in, 1 out"):
        assert text in chat.asks
    drawn = [one.value for one in chat.dialog.markdown] if chat.dialog else []
    assert "It is :orange-background[**red**]&#46;" in drawn
    assert "It is :orange-background[**blue**]&#46;" in drawn
    assert "1 passage only here" in chat.asks
    chat.fill("Mark differences", False)
    assert "It is blue." in chat.asks
    model.queue(Script(status=500, body={"error": {"message": "Out of order."}}))
    chat.act(chat.answers[-1], "Ask again with…")
    chat.press("Ask again")
    chat.ended()
    chat.act(chat.answers[-1], "Compare versions")
    for text in ("Version 2 of 3", "Version 3 of 3", "Status: error", "Error: ", "No text"):
        assert text in chat.asks
    assert "Version 1 of 3" not in chat.asks


def test_there_is_nothing_to_compare_with_one_version(chat: ScriptTab) -> None:
    chat.ask("Once")
    menu = chat.answers[-1]
    with pytest.raises(AssertionError):
        chat.act(menu, "Compare versions")


def test_from_the_details(chat: ScriptTab) -> None:
    chat.ask("Once")
    chat.act(chat.answers[-1], "Details")
    chat.press("Ask again with…")
    assert "another version of this one" in chat.asks
