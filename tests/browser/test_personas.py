"""Personas in the browser: own ones from making to deleting, and another one in mid-chat."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Locator, expect

from store import personas, sessions
from store.database import Database
from store.users import LOCAL_USER
from store.values import OwnPersona, SessionKey
from tests.browser.chat_tab import ChatTab
from tests.browser.house import Complaints
from tests.browser.test_looks import PHONE, fits
from tests.cook import PROMPT, made_cook
from tests.model_script import Script, Text
from tests.scripted_model import ScriptedModel
from tests.waiting import until


@pytest.fixture
def console_errors() -> list[str]:
    return Complaints()


@pytest.fixture
def kitchen(database: Database) -> Iterator[Database]:
    """The server's database; at the end nobody has own personas."""
    yield database
    with database.transaction() as db:
        for one in personas.listed(db, user_id=LOCAL_USER):
            personas.remove(db, user_id=LOCAL_USER, persona_id=one.id)


@pytest.fixture
def cook(kitchen: Database) -> OwnPersona:
    return made_cook(kitchen)


def open_settings(chat: ChatTab) -> Locator:
    chat.page.goto(f"{chat.url}/settings")
    expect(chat.key("new-persona")).to_be_visible()
    return chat.key("personas")


def pick(chat: ChatTab, name: str, *, among: int, within: Locator | None = None) -> None:
    (within or chat.page).get_by_role("combobox", name="Persona").click()
    expect(chat.page.get_by_role("option")).to_have_count(among)
    chat.page.get_by_role("option", name=re.compile(f"^{name}")).click()


def change(chat: ChatTab, name: str, *, among: int) -> None:
    """Another persona for the chat on screen."""
    chat.click("chat-settings")
    box = chat.page.get_by_test_id("stPopoverBody")
    pick(chat, name, among=among, within=box)
    chosen = box.get_by_role("combobox", name="Persona")
    expect(chosen).to_have_value(name)
    expect(chosen).to_have_attribute("aria-expanded", "false")  # else Escape closes only the list
    chat.page.keyboard.press("Escape")
    expect(chat.page.get_by_role("combobox", name="Persona")).to_have_count(0)


def system_prompt(model: ScriptedModel) -> str:
    return str(model.requests[-1].body["messages"][0]["content"])


def test_from_making_one_to_talking_with_it(
    kitchen: Database, chat: ChatTab, model: ScriptedModel
) -> None:
    page = chat.page
    section = open_settings(chat)
    expect(section).to_contain_text("Technical Support built in")
    chat.click("new-persona")
    dialog = chat.dialog
    dialog.get_by_label("Name").fill("Grandma's kitchen")
    dialog.get_by_role("button", name="Save persona").click()
    expect(dialog).to_contain_text("The system prompt must not be empty.")
    expect(dialog.get_by_label("Name")).to_have_value("Grandma's kitchen")
    dialog.get_by_role("radio", name="Kitchen").click()
    dialog.get_by_label("Description").fill("Simple recipes")
    dialog.get_by_label("System prompt").fill(PROMPT)
    dialog.get_by_label("Greeting").fill("What is in your fridge?")
    dialog.get_by_label("Starters").fill("I have eggs\n\n Something sweet ")
    dialog.get_by_label("Temperature").fill("0.4")
    dialog.get_by_role("combobox", name="Tools").click()
    page.get_by_role("option", name="Current time").click()
    page.keyboard.press("Escape")
    dialog.get_by_role("button", name="Save persona").click()
    expect(dialog).to_have_count(0)
    expect(page.get_by_test_id("stAlert")).to_contain_text("“Grandma's kitchen” is there")
    expect(section).to_contain_text("Simple recipes")
    with kitchen.reading() as db:
        (made,) = personas.listed(db, user_id=LOCAL_USER)
    assert (made.icon, made.tools) == (":material/restaurant:", ("current_time",))
    assert (made.starters, made.parameters) == (
        ("I have eggs", "Something sweet"),
        {"temperature": 0.4},
    )
    chat.open()
    pick(chat, "Grandma's kitchen: Simple recipes", among=6)
    expect(page.get_by_text("What is in your fridge?")).to_be_visible()
    page.get_by_role("radio", name="Something sweet").click()
    chat.reads("This is a scripted answer.")
    chat.ended()
    assert system_prompt(model).startswith(PROMPT)
    assert model.requests[-1].body["temperature"] == 0.4
    assert sessions_persona(kitchen, chat.session_id) == made.id


def sessions_persona(database: Database, session_id: str) -> str:
    with database.reading() as db:
        return sessions.get(db, SessionKey(LOCAL_USER, session_id)).persona


def test_another_one_while_an_answer_is_written(chat: ChatTab, model: ScriptedModel) -> None:
    chat.send("[[tokens=120 delay=0.02]]")
    expect(chat.keys("live-")).to_be_visible()
    change(chat, "Creative Writer", among=5)
    chat.reads(" ".join(f"w{number}" for number in range(120)))
    chat.ended()
    expect(chat.answers.last).to_contain_text("forum")
    expect(chat.page.get_by_text("The next answer comes from Creative Writer")).to_be_visible()


SEEN = """button => {
  button.scrollIntoView()
  const { top, bottom } = button.getBoundingClientRect()
  return top >= 0 && bottom <= innerHeight
}"""
"""The form may still grow after it was scrolled."""


@pytest.mark.parametrize("context_options", [PHONE])
def test_on_a_phone(cook: OwnPersona, chat: ChatTab, model: ScriptedModel) -> None:
    pick(chat, "Cook", among=6)
    model.queue(Script([Text("Fine.")]))
    chat.send("First")
    chat.reads("Fine.")
    chat.ended()
    change(chat, "Mental Health Nurse", among=6)
    expect(chat.page.get_by_text("The next answer comes from Mental Health")).to_be_in_viewport()
    fits(chat)
    open_settings(chat)
    fits(chat)
    chat.choose(chat.key(f"persona-actions-{cook.id}"), "Edit")
    save = chat.dialog.get_by_role("button", name="Save persona")
    until(lambda: bool(save.evaluate(SEEN)))
    fits(chat)
