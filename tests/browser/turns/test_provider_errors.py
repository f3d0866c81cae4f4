"""When the model's server fails: what happened, what to do, and Retry that works."""

from __future__ import annotations

from playwright.sync_api import expect

from tests.browser.chat_tab import ChatTab, words
from tests.model_script import Break, Script, numbered
from tests.scripted_model import ScriptedModel

SCRIPTED = "This is a scripted answer."


def test_a_stream_that_breaks_keeps_what_came(chat: ChatTab, model: ScriptedModel) -> None:
    model.queue(Script([*numbered(5, 0.01), Break()]))
    chat.send("Count")
    expect(chat.answers.last.get_by_test_id("stAlert")).to_contain_text("broke off")
    chat.reads(words(5))
    chat.ended()
    model.queue(Script(numbered(2)))
    chat.answers.last.get_by_role("button", name="Continue").click()
    chat.reads(f"{words(5)} {words(2)}")
    chat.ended()
    expect(chat.errors).to_have_count(0)
