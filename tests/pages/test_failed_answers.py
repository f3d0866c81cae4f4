"""When the model's server fails: what happened, what to do, and Retry that works."""

from __future__ import annotations

import re

import pytest

from chat.config import Settings
from tests.model_script import Break, Script, numbered, raw
from tests.pages.conftest import OpenScriptTab
from tests.pages.reading import written
from tests.pages.script_tab import SCRIPTED, ScriptTab
from tests.scripted_model import ScriptedModel


@pytest.fixture(scope="module")
def settings(scripted: Settings) -> Settings:
    return scripted


@pytest.fixture
def chat(tab: OpenScriptTab) -> ScriptTab:
    return tab()


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
def test_a_refusal(chat: ScriptTab, model: ScriptedModel, script: Script, texts: list[str]) -> None:
    model.queue(script)
    chat.send("Hello")
    chat.ended()
    [alert] = chat.answers[-1].error
    said = written(alert)
    assert all(text in said for text in texts), said
    assert "Continue" not in chat.buttons()
    chat.press("Retry", chat.answers[-1])
    chat.ended()
    chat.reads(SCRIPTED)
    assert chat.errors == ""
    assert len(chat.questions) == 1


def test_a_stream_that_breaks_keeps_what_came(chat: ScriptTab, model: ScriptedModel) -> None:
    model.queue(Script([*numbered(5), Break()]))
    chat.send("Count")
    chat.ended()
    assert "broke off" in chat.errors
    chat.reads("w0 w1 w2 w3 w4")
    model.queue(Script(numbered(2)))
    chat.press("Continue", chat.answers[-1])
    chat.ended()
    chat.reads("w0 w1 w2 w3 w4 w0 w1")
    assert chat.errors == ""


def test_an_error_is_no_answer_for_the_next_question(chat: ScriptTab, model: ScriptedModel) -> None:
    model.queue(refusal(401))
    chat.send("First")
    chat.ended()
    assert "refused the API key" in chat.errors
    chat.ask("Second")
    sent = [message["content"] for message in model.requests[-1].body["messages"]]
    assert not any(re.search("refused", text) for text in sent)
