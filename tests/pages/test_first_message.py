"""A newcomer: starters, links that lead nowhere, and who answers in a new chat."""

from __future__ import annotations

import pytest

from chat.config import Settings
from chat.runtime import Runtime
from store.users import LOCAL_USER
from tests.pages.conftest import OpenScriptTab
from tests.pages.reading import written
from tests.pages.script_tab import SCRIPTED, ScriptTab
from tests.scripted_model import ScriptedModel
from tests.store.samples import titles_of


@pytest.fixture(scope="module")
def settings(scripted: Settings) -> Settings:
    return scripted


@pytest.fixture
def chat(tab: OpenScriptTab) -> ScriptTab:
    return tab()


def test_nothing_is_stored_before_the_first_message(tab: OpenScriptTab, parts: Runtime) -> None:
    tab()
    assert tab().titles() == []
    assert titles_of(parts.database, LOCAL_USER) == []


def test_a_starter_is_a_first_message(chat: ScriptTab) -> None:
    chat.fill("Suggestions", "What can you do?")
    chat.ended()
    chat.reads(SCRIPTED)
    assert "What can you do?" in written(chat.questions[-1])
    assert chat.titles() == ["What can you do?"]


def test_a_deep_link_opens_its_chat(chat: ScriptTab, tab: OpenScriptTab) -> None:
    chat.ask("Remember me")
    second = tab(chat.session_id)
    second.reads(SCRIPTED)
    assert second.titles() == ["Remember me"]


@pytest.mark.parametrize("address", ["nobody-has-this", "' OR 1=1--<script>"])
def test_an_unknown_link_leads_to_a_new_chat(tab: OpenScriptTab, address: str) -> None:
    chat = tab(address)
    assert "This chat is not here" in chat.errors
    assert chat.session_id == ""
    assert "What would you like to talk about?" in chat.text
    chat.ask("Hello all the same")
    assert chat.errors == ""


def test_a_persona_for_a_new_chat(chat: ScriptTab, model: ScriptedModel) -> None:
    [writer] = [one for one in chat.options("Persona") if one.startswith("Creative Writer")]
    chat.pick("Persona", writer)
    assert "Give me a scene, a mood or a first line." in chat.text
    chat.ask("A lighthouse")
    system = model.requests[-1].body["messages"][0]
    assert system["role"] == "system"
    assert "writ" in system["content"].lower()


def test_a_new_session_with_a_name_and_a_persona(chat: ScriptTab) -> None:
    chat.click("new-chat-options")
    assert "New session" in chat.asks
    chat.fill("Display name", "My *repairs*")
    chat.pick("Persona", "Technical Support")
    chat.press("Create session")
    assert chat.dialog is None
    assert chat.titles() == ["My *repairs*"]
    assert "Hello! What is not working?" in chat.text
    chat.ask("My lamp")
    assert chat.titles() == ["My *repairs*"]
