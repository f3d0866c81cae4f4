"""Model, temperature and system prompt of a chat: chosen on the page, sent to the model."""

from __future__ import annotations

from playwright.sync_api import expect

from tests.browser.chat_tab import ChatTab
from tests.scripted_model import ScriptedModel


def open_settings(chat: ChatTab) -> None:
    chat.click("chat-settings")
    expect(chat.page.get_by_role("combobox", name="Model")).to_be_visible()


def choose_model(chat: ChatTab, name: str) -> None:
    chat.page.get_by_role("combobox", name="Model").click()
    chat.page.get_by_role("option", name=name, exact=True).click()
    expect(chat.key("chat-settings")).to_contain_text(name)


def close_settings(chat: ChatTab) -> None:
    chat.page.keyboard.press("Escape")
    expect(chat.page.get_by_role("combobox", name="Model")).to_have_count(0)


def test_temperature(chat: ChatTab, model: ScriptedModel) -> None:
    chat.ask("Without")
    assert "temperature" not in model.requests[-1].body
    open_settings(chat)
    chat.page.get_by_text("Own temperature").click()
    slider = chat.page.get_by_role("slider", name="Temperature")
    expect(slider).to_have_value("0.7")
    slider.press("ArrowRight")
    slider.press("ArrowRight")
    expect(slider).to_have_value("0.9")
    close_settings(chat)
    chat.ask("With")
    assert model.requests[-1].body["temperature"] == 0.9
    open_settings(chat)
    chat.page.get_by_text("Own temperature").click()
    expect(slider).to_have_count(0)
    close_settings(chat)
    chat.ask("Without again")
    assert "temperature" not in model.requests[-1].body


def test_the_system_prompt(chat: ChatTab, model: ScriptedModel) -> None:
    open_settings(chat)
    chat.page.get_by_role("textbox", name="System prompt").fill("Answer in Latin.")
    chat.page.get_by_role("textbox", name="System prompt").press("Control+Enter")
    choose_model(chat, "scripted-2")  # when that is drawn, the prompt is known too
    close_settings(chat)
    chat.ask("Hello")
    first = model.requests[-1].body["messages"][0]
    assert first["role"] == "system"
    assert first["content"].endswith("Answer in Latin.")
    chat.page.reload()
    open_settings(chat)
    field = chat.page.get_by_role("textbox", name="System prompt")
    expect(field).to_have_value("Answer in Latin.")
    close_settings(chat)
    chat.click("new-chat")
    expect(chat.messages).to_have_count(0)
    open_settings(chat)
    expect(field).to_have_count(1)  # not that of the last chat as well any more
    expect(field).to_have_value("")


def test_settings_open_while_an_answer_streams(chat: ChatTab, model: ScriptedModel) -> None:
    chat.send("[[tokens=100 delay=0.02]]")
    open_settings(chat)
    choose_model(chat, "scripted-2")
    close_settings(chat)
    chat.reads(" ".join(f"w{number}" for number in range(100)))
    chat.ended()
    chat.ask("Next")
    assert model.requests[-1].body["model"] == "scripted-2"
