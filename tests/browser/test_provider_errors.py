"""When the model's server fails: what happened, what to do, and Retry that works."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from tests.browser.chat_tab import ChatTab, words
from tests.model_script import Break, Script, numbered, raw
from tests.scripted_model import ScriptedModel

SCRIPTED = "This is a scripted answer."


def refusal(status: int, **headers: str) -> Script:
    error = {"message": f"Scripted refusal {status}.", "type": "scripted", "code": None}
    sent = {name.replace("_", "-"): value for name, value in headers.items()}
    return Script(status=status, headers=sent, body={"error": error})


@pytest.mark.parametrize(
    ("script", "texts"),
    [
        (refusal(401), ["refused the API key", "Check OPENAI_API_KEY"]),
        (refusal(404), ["does not know the model", "Choose another model"]),
        (refusal(429, retry_after="7"), ["no more requests", "Try again in 7 seconds"]),
        (refusal(500), ["has a problem", "Retry in a moment"]),
        (Script([raw({"error": {"message": "Out of memory.", "code": 500}})]), ["Out of memory"]),
        (Script([]), ["empty answer", "Retry"]),
    ],
    ids=["key", "model", "rate", "server", "in-stream", "empty"],
)
def test_a_refusal(chat: ChatTab, model: ScriptedModel, script: Script, texts: list[str]) -> None:
    model.queue(script)
    chat.send("Hello")
    for text in texts:
        expect(chat.answers.last.get_by_test_id("stAlert")).to_contain_text(text)
    chat.ended()
    expect(chat.answers.last.get_by_role("button", name="Continue")).to_have_count(0)
    chat.answers.last.get_by_role("button", name="Retry").click()
    chat.reads(SCRIPTED)
    chat.ended()
    expect(chat.errors).to_have_count(0)
    expect(chat.questions).to_have_count(1)


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


def test_an_error_is_no_answer_for_the_next_question(chat: ChatTab, model: ScriptedModel) -> None:
    model.queue(refusal(401))
    chat.send("First")
    expect(chat.errors).to_contain_text("refused the API key")
    chat.ended()
    chat.ask("Second")
    sent = [message["content"] for message in model.requests[-1].body["messages"]]
    assert not any(re.search("refused", text) for text in sent)
