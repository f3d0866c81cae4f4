"""The model of a chat: chosen on the page, sent to the model."""

from __future__ import annotations

import pytest

from chat.config import Settings
from chat.runtime import Runtime
from store.session_values import NewSession
from store.users import LOCAL_USER
from store.values import SessionKey
from tests.conftest import MODELS
from tests.model_script import Gate, Script, Text
from tests.pages.conftest import OpenScriptTab
from tests.pages.script_tab import ScriptTab
from tests.scripted_model import ScriptedModel


@pytest.fixture(scope="module")
def settings(scripted: Settings) -> Settings:
    return scripted


@pytest.fixture
def chat(tab: OpenScriptTab) -> ScriptTab:
    """A new chat whose settings are open."""
    chat = tab()
    chat.open_settings()
    return chat


def test_the_picker_has_the_server_s_models(chat: ScriptTab, model: ScriptedModel) -> None:
    assert chat.options("Model") == [f"Default ({MODELS[0]})", *MODELS]
    chat.pick("Model", "scripted-2")
    assert chat.model() == "scripted-2"
    chat.ask("Who are you?")
    assert model.requests[-1].body["model"] == "scripted-2"
    chat.reload()
    assert chat.model() == "scripted-2"


def test_what_is_chosen_in_the_moment_of_sending(chat: ScriptTab, parts: Runtime) -> None:
    """The browser posts the first message itself, and did not know of the choice yet."""
    chat.pick("Model", "scripted-2")
    session = chat.app.part("composer")["session"]
    key = SessionKey(LOCAL_USER, session["id"])
    parts.turns.send(key, "Who are you?", new=NewSession())
    chat.asks_for("sent", sent=1, session=session["id"])
    assert chat.model() == "scripted-2"
    assert chat.rows[0]["title"] == "Who are you?"
    chat.reload()
    assert chat.model() == "scripted-2"


def test_what_is_chosen_is_with_the_browser_before_it_is_on_screen(chat: ScriptTab) -> None:
    """A message that is sent as soon as the choice is to be seen has it."""
    chat.pick("Model", "scripted-2")
    assert chat.app.part("newChat")["model"] == "scripted-2"
    known, shown = (chat.app.sent_at(what) for what in ("part-newChat", "chat-settings"))
    assert known < shown


def test_the_model_of_a_running_chat(
    chat: ScriptTab, tab: OpenScriptTab, model: ScriptedModel
) -> None:
    chat.ask("First")
    assert model.requests[-1].body["model"] == "scripted-1"
    chat.pick("Model", "scripted-2")
    chat.ask("Second")
    assert model.requests[-1].body["model"] == "scripted-2"
    tab().ask("A new chat has the default")
    assert model.requests[-1].body["model"] == "scripted-1"


def test_another_model_while_an_answer_is_written(chat: ScriptTab, model: ScriptedModel) -> None:
    gate = Gate()
    model.queue(Script([Text("w0 "), gate, Text("w1 ")]))
    chat.send("Count")
    chat.live("w0")
    chat.pick("Model", "scripted-2")
    assert chat.model() == "scripted-2"
    gate.opened.set()
    chat.ended()
    chat.reads("w0 w1")
    chat.ask("Next")
    assert model.requests[-1].body["model"] == "scripted-2"


def test_temperature(chat: ScriptTab, model: ScriptedModel) -> None:
    chat.ask("Without")
    assert "temperature" not in model.requests[-1].body
    chat.fill("Own temperature", True)
    assert chat.field("Temperature").value == 0.7
    chat.fill("Temperature", 0.9)
    chat.ask("With")
    assert model.requests[-1].body["temperature"] == 0.9
    chat.fill("Own temperature", False)
    assert not chat.app.slider
    chat.ask("Without again")
    assert "temperature" not in model.requests[-1].body


def test_the_system_prompt(chat: ScriptTab, model: ScriptedModel) -> None:
    chat.fill("System prompt", "Answer in Latin.")
    chat.ask("Hello")
    first = model.requests[-1].body["messages"][0]
    assert first["role"] == "system"
    assert first["content"].endswith("Answer in Latin.")
    chat.reload()
    chat.open_settings()
    assert chat.field("System prompt").value == "Answer in Latin."
    chat.new_chat()
    assert chat.field("System prompt").value == ""
