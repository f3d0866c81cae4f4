"""A newcomer: greeting, the first message, and how the chat gets its name and its address."""

from __future__ import annotations

import re

from playwright.sync_api import expect

from tests.browser.chat_tab import ChatTab, gated, words
from tests.browser.conftest import OpenTab
from tests.scripted_model import ScriptedModel


def test_the_first_message(chat: ChatTab) -> None:
    expect(chat.page).to_have_url(f"{chat.url}/")
    expect(chat.titles()).to_have_count(0)
    chat.ask("What is the weather like in the mountains of Norway in May?")
    assert re.fullmatch("[0-9a-f]{32}", chat.session_id)
    title = "What is the weather like in the mountains of…"
    expect(chat.row(chat.session_id)).to_have_text(title)
    expect(chat.heading).to_have_text(title)
    expect(chat.sidebar.get_by_text("Today", exact=True)).to_be_visible()
    expect(chat.page.get_by_text("What would you like to talk about?")).to_have_count(0)


def test_the_answer_grows_before_it_is_complete(chat: ChatTab, model: ScriptedModel) -> None:
    script, gates = gated(3, 4, 5)
    model.queue(script)
    chat.send("Count")
    chat.reads(words(3))
    gates[0].opened.set()
    chat.reads(words(7))
    expect(chat.key("stop")).to_be_visible()
    gates[1].opened.set()
    chat.reads(words(12))
    chat.ended()
    chat.reads(words(12))


def test_nothing_is_stored_before_the_first_message(tab: OpenTab) -> None:
    tab()
    expect(tab().titles()).to_have_count(0)


def test_a_starter_is_a_first_message(chat: ChatTab) -> None:
    chat.page.get_by_role("radio", name="What can you do?").or_(
        chat.page.get_by_role("button", name="What can you do?")
    ).click()
    chat.reads("This is a scripted answer.")
    expect(chat.body(chat.questions.last).first).to_have_text("What can you do?")
    expect(chat.row(chat.session_id)).to_have_text("What can you do?")


def test_a_deep_link_opens_its_chat(tab: OpenTab) -> None:
    first = tab()
    first.ask("Remember me")
    second = tab(first.session_id)
    second.reads("This is a scripted answer.")
    expect(second.row(first.session_id)).to_be_visible()


def test_an_unknown_link_leads_to_a_new_chat(tab: OpenTab) -> None:
    chat = tab("nobody-has-this")
    expect(chat.errors).to_contain_text("This chat is not here")
    expect(chat.page).to_have_url(f"{chat.url}/")
    expect(chat.page.get_by_text("What would you like to talk about?")).to_be_visible()
    chat.ask("Hello all the same")
    expect(chat.errors).to_have_count(0)


def test_an_address_that_cannot_be_an_id(tab: OpenTab) -> None:
    chat = tab("%27%20OR%201=1--%3Cscript%3E")
    expect(chat.errors).to_contain_text("This chat is not here")


def test_the_browser_s_back_button(chat: ChatTab) -> None:
    chat.ask("One")
    one = chat.session_id
    chat.click("new-chat")
    expect(chat.page).to_have_url(f"{chat.url}/")
    chat.page.go_back()
    expect(chat.page).to_have_url(re.compile(one))
    chat.reads("This is a scripted answer.")


def test_a_new_chat_by_keyboard(chat: ChatTab) -> None:
    chat.ask("Hello")
    chat.page.keyboard.press("Control+j")
    expect(chat.answers).to_have_count(0)
    expect(chat.page).to_have_url(f"{chat.url}/")
    expect(chat.page.get_by_text("What would you like to talk about?")).to_be_visible()


def test_a_new_line_by_keyboard_is_not_sent(chat: ChatTab) -> None:
    chat.composer.press_sequentially("one")
    chat.composer.press("Shift+Enter")
    chat.composer.press_sequentially("two")
    expect(chat.composer).to_have_value("one\ntwo")
    expect(chat.messages).to_have_count(0)


def test_a_persona_for_a_new_chat(chat: ChatTab, model: ScriptedModel) -> None:
    chat.page.get_by_role("combobox", name="Persona").click()
    chat.page.get_by_role("option", name=re.compile("^Creative Writer")).click()
    expect(chat.page.get_by_text("Give me a scene, a mood or a first line.")).to_be_visible()
    chat.ask("A lighthouse")
    system = model.requests[-1].body["messages"][0]
    assert system["role"] == "system"
    assert "writ" in system["content"].lower()


def test_a_new_session_with_a_name_and_a_persona(chat: ChatTab) -> None:
    chat.click("new-chat-options")
    expect(chat.dialog).to_contain_text("New session")
    chat.dialog.get_by_label("Display name").fill("My *repairs*")
    chat.dialog.get_by_role("combobox", name="Persona").click()
    chat.page.get_by_role("option", name="Technical Support").click()
    chat.dialog.get_by_role("button", name="Create session").click()
    expect(chat.dialog).to_have_count(0)
    expect(chat.row(chat.session_id)).to_have_text("My *repairs*")
    expect(chat.page.get_by_text("Hello! What is not working?")).to_be_visible()
    chat.ask("My lamp")
    expect(chat.row(chat.session_id)).to_have_text("My *repairs*")
