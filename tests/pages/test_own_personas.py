"""Own personas: edited, copied, deleted, and another one in mid-chat."""

from __future__ import annotations

from dataclasses import replace

import pytest

from chat.config import Settings
from chat.runtime import Runtime
from store import personas
from store.users import LOCAL_USER
from store.values import OwnPersona
from tests.cook import PROMPT, made_cook
from tests.pages.conftest import OpenScriptTab
from tests.pages.reading import written
from tests.pages.script_tab import ScriptTab
from tests.scripted_model import ScriptedModel


@pytest.fixture(scope="module")
def settings(scripted: Settings) -> Settings:
    return scripted


@pytest.fixture
def cook(parts: Runtime) -> OwnPersona:
    return made_cook(parts.database)


@pytest.fixture
def chat(cook: OwnPersona, tab: OpenScriptTab) -> ScriptTab:
    """A new chat with the cook."""
    made = tab()
    made.pick("Persona", "Cook: Cooks")
    return made


def change(chat: ScriptTab, name: str) -> None:
    """Another persona for the chat on screen: open the box, and choose."""
    chat.open_settings()
    chat.pick("Persona", name)


def system_prompt(model: ScriptedModel) -> str:
    return str(model.requests[-1].body["messages"][0]["content"])


def avatars(chat: ScriptTab) -> list[str]:
    return [one.avatar for one in chat.answers]


def test_edit_and_duplicate(cook: OwnPersona, tab: OpenScriptTab, model: ScriptedModel) -> None:
    page = tab(page="settings")
    page.choose(f"persona-actions-{cook.id}", "Edit")
    assert "Edit persona" in page.asks
    assert page.field("Starters").value == "I have *eggs*"
    page.fill("Name", "Chef *de* cuisine")
    page.fill("System prompt", "You are a chef.")
    page.press("Save persona")
    assert page.dialog is None
    assert "Chef *de* cuisine" in written(page.key("personas"))
    page.choose(f"persona-actions-{cook.id}", "Duplicate")
    assert "Copy of Chef *de* cuisine" in written(page.key("personas"))
    page.choose("persona-actions-support", "Duplicate")
    assert "Copy of Technical Support" in written(page.key("personas"))
    chat = tab()
    assert len(chat.options("Persona")) == 8
    chat.pick("Persona", "Chef *de* cuisine: Cooks")
    assert chat.options("Suggestions") == ["I have *eggs*"]
    chat.ask("Hi")
    assert system_prompt(model) == "You are a chef."


def test_a_new_session_with_an_own_one(cook: OwnPersona, tab: OpenScriptTab) -> None:
    chat = tab()
    chat.click("new-chat-options")
    chat.pick("Persona", "Cook")
    chat.press("Create session")
    assert "Hello dear!" in chat.text
    chat.act_on(chat.session_id, "Details")
    assert "Cook" in chat.asks.splitlines()


def test_another_one_in_mid_chat(chat: ScriptTab, model: ScriptedModel) -> None:
    coming, event = "The next answer comes from Creative Writer", "From here on: Creative Writer"
    chat.ask("First")
    assert system_prompt(model).startswith(PROMPT)
    change(chat, "Creative Writer")
    assert coming in chat.text
    chat.reload()
    assert coming in chat.text
    chat.ask("Second")
    assert "imaginative writer" in system_prompt(model)
    for _ in range(2):
        assert event in chat.text
        assert coming not in chat.text
        assert avatars(chat) == [":material/restaurant:", ":material/edit_note:"]
        chat.reload()
    change(chat, "Cook")
    assert "The next answer comes from Cook" in chat.text
    chat.ask("Third")
    assert "From here on: Cook" in chat.text
    assert event in chat.text


def test_deleted_while_a_chat_uses_it(
    cook: OwnPersona, chat: ScriptTab, tab: OpenScriptTab, model: ScriptedModel
) -> None:
    chat.ask("First")
    other = tab(page="settings")
    other.choose(f"persona-actions-{cook.id}", "Delete")
    assert "You use it in 1 chat; there Default Assistant answers." in other.asks
    other.click("confirm-delete-persona")
    assert other.dialog is None
    assert "Cook" not in written(other.key("personas"))
    chat.reload()
    gone = "“Cook” was deleted; the next answer comes from Default Assistant"
    assert gone in chat.text
    assert avatars(chat) == [":material/restaurant:"]
    chat.ask("Second")
    assert "helpful, honest assistant" in system_prompt(model)
    assert "From here on: Default Assistant" in chat.text
    chat.reload()
    assert "From here on: Default Assistant" in chat.text
    assert gone not in chat.text


def test_deleted_while_it_is_being_edited(
    cook: OwnPersona, tab: OpenScriptTab, parts: Runtime
) -> None:
    page = tab(page="settings")
    page.choose(f"persona-actions-{cook.id}", "Edit")
    assert page.field("Name").value == "Cook"
    parts.personas.remove(LOCAL_USER, cook.id)
    page.press("Save persona")
    assert "There is no such persona of yours." in page.asks


def test_its_model_and_the_chat_s_own(
    cook: OwnPersona, tab: OpenScriptTab, parts: Runtime, model: ScriptedModel
) -> None:
    with parts.database.transaction() as db:
        draft = replace(cook, model="scripted-2", parameters={"temperature": 0.2, "top_p": 0.5})
        personas.change(db, user_id=LOCAL_USER, persona_id=cook.id, draft=draft)
    chat = tab()
    chat.pick("Persona", "Cook: Cooks")
    chat.run()
    assert chat.model() == "scripted-2"
    chat.ask("First")
    body = model.requests[-1].body
    assert (body["model"], body["temperature"], body["top_p"]) == ("scripted-2", 0.2, 0.5)
    chat.open_settings()
    chat.pick("Model", "scripted-1")
    assert chat.model() == "scripted-1"
    chat.fill("Own temperature", True)
    assert chat.field("Temperature").value == 0.7
    chat.ask("Second")
    body = model.requests[-1].body
    assert (body["model"], body["temperature"], body["top_p"]) == ("scripted-1", 0.7, 0.5)
