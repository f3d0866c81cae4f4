"""What can be done with messages: stop, queue, versions, branches, ratings, deletion."""

from __future__ import annotations

import re

from playwright.sync_api import expect

from tests.browser.chat_tab import ChatTab, gated, words
from tests.model_script import Script, Text
from tests.scripted_model import ScriptedModel

SCRIPTED = "This is a scripted answer."


def says(*texts: str) -> list[Script]:
    return [Script([Text(text)]) for text in texts]


def test_stopping_and_continuing(chat: ChatTab, model: ScriptedModel) -> None:
    script, _ = gated(3, 3)
    model.queue(script)
    chat.send("Count")
    chat.reads(words(3))
    chat.click("stop")
    chat.ended()
    chat.reads(words(3))
    expect(chat.answers.last).to_contain_text("Stopped.")
    assert model.wait(lambda sent: bool(sent[0].ended))[0].ended == "hung_up"
    model.queue(Script([Text("and on")]))
    chat.answers.last.get_by_role("button", name="Continue").click()
    chat.reads(words(3) + " and on")
    chat.ended()
    expect(chat.answers.last).not_to_contain_text("Stopped.")
    expect(chat.answers.last).to_contain_text("2/2")


def test_stopping_before_the_first_word(chat: ChatTab, model: ScriptedModel) -> None:
    model.queue(gated(0, 3)[0])
    chat.send("Count")
    expect(chat.answers.last).to_contain_text("Answering…")
    chat.click("stop")
    chat.ended()
    expect(chat.answers.last.get_by_role("button", name="Continue")).to_have_count(0)
    chat.answers.last.get_by_role("button", name="Retry").click()
    chat.reads(SCRIPTED)
    chat.ended()


def test_messages_queue_up(chat: ChatTab, model: ScriptedModel) -> None:
    script, gates = gated(3, 3)
    model.queue(script, *says("Second.", "Third."))
    chat.send("One")
    chat.reads(words(3))
    chat.send("Two")
    chat.send("Three")
    expect(chat.page.get_by_text("Queued: it is answered next.")).to_have_count(2)
    expect(chat.questions).to_have_text([re.compile("One"), re.compile("Two"), re.compile("Three")])
    gates[0].opened.set()
    expect(chat.answers).to_have_count(3)
    chat.ended()
    for at, text in enumerate((words(6), "Second.", "Third.")):
        chat.reads(text, at=at)
    expect(chat.messages).to_have_text(
        [re.compile(t) for t in ("One", "w5", "Two", "Second", "Three", "Third")]
    )
    expect(chat.page.get_by_text("Queued")).to_have_count(0)


def test_stopping_starts_what_waits(chat: ChatTab, model: ScriptedModel) -> None:
    model.queue(gated(3, 3)[0], *says("Second."))
    chat.send("One")
    chat.reads(words(3))
    chat.send("Two")
    expect(chat.page.get_by_text("Queued")).to_be_visible()
    chat.click("stop")
    expect(chat.answers).to_have_count(2)
    chat.reads("Second.")
    chat.ended()
    expect(chat.answers.first).to_contain_text("Stopped.")


def test_copying_an_answer(chat: ChatTab) -> None:
    chat.page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    chat.ask("Copy me")
    chat.answers.last.get_by_role("button", name="Copy answer").click()
    expect(chat.answers.last.get_by_role("button", name="Copy answer")).to_have_class("copied")
    assert chat.page.evaluate("navigator.clipboard.readText()") == "This is a scripted answer."
