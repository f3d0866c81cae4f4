"""What an answer asks, as the page shows it, and what the buttons do."""

from __future__ import annotations

import json

import pytest

from chat.config import Settings
from tests.lab import Lab
from tests.model_script import Call, Script, Text
from tests.pages.conftest import OpenScriptTab
from tests.pages.reading import written
from tests.pages.script_tab import ScriptTab
from tests.scripted_model import ScriptedModel
from tests.social_server import SocialServer
from tests.waiting import until

HOSTILE = "![x](http://203.0.113.7/p.png) **bold** :red[no]"


@pytest.fixture(scope="module")
def settings(shared_url: str, model_server: ScriptedModel, social: SocialServer) -> Settings:
    return Settings(
        database_url=shared_url,
        find_local_servers=False,
        openai_base_url=model_server.base_url,
        **social.settings(),
    )


@pytest.fixture
def chat(lab: Lab, tab: OpenScriptTab) -> ScriptTab:
    return tab(lab.chat().session_id)


def ask(chat: ScriptTab, model: ScriptedModel, lab: Lab, *more: Script) -> str:
    """Have the model ask for an address; its host."""
    address = f"{lab.social.url}/?d={HOSTILE}".replace(" ", "+")
    model.queue(
        Script(
            [Text("Let me look."), Call("analyze_profile", json.dumps({"handle": address}))],
            finish_reason="tool_calls",
        ),
        *more,
    )
    chat.send("What did I say?")

    def asks() -> list[str]:
        chat.tick()
        return chat.keys("ask-")

    until(asks)
    return lab.social.url.removeprefix("http://")


def test_the_question_is_there_with_what_would_be_sent(
    chat: ScriptTab, model: ScriptedModel, lab: Lab, tab: OpenScriptTab
) -> None:
    host = ask(chat, model, lab)
    for seen in (chat, tab(chat.session_id)):
        [key] = seen.keys("ask-")
        shown = written(seen.key(key))
        assert f"Fetch {host}?" in shown
        assert HOSTILE.replace(" ", "+") in seen.key(key).code[0].value
        assert "Let me look." in written(seen.answers[-1])
    assert not lab.social.asked


def test_refused(chat: ScriptTab, model: ScriptedModel, lab: Lab) -> None:
    ask(chat, model, lab, Script([Text("Very well.")]))
    chat.press("Refuse")
    chat.ended()
    chat.reads("Let me look. Very well.")
    assert "was refused" in written(chat.answers[-1].expander[0])
    assert not lab.social.asked


def test_what_is_allowed_in_this_chat_can_be_taken_back(
    chat: ScriptTab, model: ScriptedModel, lab: Lab
) -> None:
    host = ask(chat, model, lab, Script([Text("Very well.")]))
    assert chat.rows[0]["asks"]
    chat.press("Allow in this chat")
    chat.ended()
    assert not chat.rows[0]["asks"]
    chat.open_settings()
    allowed = chat.app.multiselect(key=f"allowed-{chat.session_id}")
    assert (allowed.label, allowed.options, allowed.value) == (
        "Allowed without asking",
        [host],
        [host],
    )
    chat.app.run_for(allowed.unselect(host))
    assert not chat.keys("allowed-")
    assert ask(chat, model, lab) == host


def test_decided_elsewhere_first(
    chat: ScriptTab, model: ScriptedModel, lab: Lab, tab: OpenScriptTab
) -> None:
    ask(chat, model, lab, Script([Text("Very well.")]))
    other = tab(chat.session_id)
    chat.press("Refuse")
    chat.ended()
    other.press("Allow once")
    assert not lab.social.asked
    other.reads("Let me look. Very well.")
