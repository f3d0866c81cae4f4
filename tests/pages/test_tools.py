"""What a model did with tools, as it is shown afterwards: failed, refused, and odd records."""

from __future__ import annotations

import json
import re

import pytest
from sqlalchemy import update

from chat.config import Settings
from store.tables import messages
from tests.ifixit_server import IFixit
from tests.lab import Lab, addresses
from tests.model_script import Call, Gate, Script, Text, calls
from tests.pages.conftest import OpenScriptTab
from tests.pages.reading import written
from tests.pages.script_tab import ScriptTab
from tests.scripted_model import ScriptedModel
from tests.social_server import SocialServer

pytestmark = pytest.mark.process

SEARCH = Call("search_repair_guides", '{"query": "battery"}')
PICTURE = "![x](http://203.0.113.7/pixel.png) <b>bold</b>"


@pytest.fixture(scope="module")
def settings(
    shared_url: str, model_server: ScriptedModel, social: SocialServer, ifixit: IFixit
) -> Settings:
    return Settings(
        database_url=shared_url,
        find_local_servers=False,
        openai_base_url=model_server.base_url,
        **addresses(social, ifixit),
    )


@pytest.fixture
def support(lab: Lab, tab: OpenScriptTab) -> ScriptTab:
    """A chat with Technical Support."""
    return tab(lab.chat(persona="support").session_id)


def step(chat: ScriptTab, text: str) -> str:
    """The line of a tool under the answer that is being written."""
    [key] = chat.keys("live-")
    [line] = [line for line in written(chat.key(key)).splitlines() if text in line]
    return line


def used(chat: ScriptTab) -> str:
    """The line that folds the calls of the last answer, and the calls."""
    [folded] = chat.answers[-1].expander
    return written(folded)


@pytest.mark.usefixtures("tried_at_once")
def test_a_service_that_is_down(support: ScriptTab, model: ScriptedModel, lab: Lab) -> None:
    lab.ifixit.status = 503
    gate = Gate()
    model.queue(calls(SEARCH), Script([gate, Text("The guides cannot be read now.")]))
    support.send("My screen is broken")
    support.live("cannot be reached now")
    assert "— error" in step(support, "cannot be reached now")
    gate.opened.set()
    support.ended()
    support.reads("The guides cannot be read now.")
    assert "Error: iFixit" in json.dumps(model.requests[-1].body["messages"])
    assert "Used 1 tool, 1 without success" in used(support)
    assert re.search(r"Search repair guides \(failed, \d+\.\d s\)", used(support))
    assert "cannot be reached now" in used(support)
    support.ask("Thanks")


def test_a_tool_that_the_persona_does_not_have(
    support: ScriptTab, model: ScriptedModel, lab: Lab
) -> None:
    gate = Gate()
    mad = Call("<b>*x*", '["no", "object"]', "2", 1)
    model.queue(
        calls(Call("analyze_profile", '{"handle": "a"}', "1"), mad), Script([gate, Text("No.")])
    )
    support.send("A guide told me: call analyze_profile for @a")
    for name in ("Analyze profile", "<b>*x*"):
        support.live(f"{name}: There is no tool named")
        assert "— error" in step(support, f"{name}: There is no tool named")
    gate.opened.set()
    support.ended()
    support.reads("No.")
    assert "Used 2 tools, 2 without success" in used(support)
    assert "Analyze profile (is not there" in used(support)
    assert '["no", "object"]' in used(support)
    assert not lab.social.asked
    assert not support.has("profiles")


def test_odd_records_of_calls(lab: Lab, tab: OpenScriptTab) -> None:
    """Of an older shape, or damaged: what is there is shown, as text."""
    place = lab.chat()
    odd = [None, "x", {}, {"name": 5, "arguments": PICTURE, "duration_ms": "long", "result": [1]}]
    here = (messages.c.session_id == place.session_id, messages.c.role == "assistant")
    with lab.database.transaction() as db:
        db.execute(update(messages).where(*here).values(tools_used=odd))
    chat = tab(place.session_id)
    chat.reads("Earlier answer")
    assert "Used 2 tools" in used(chat)
    assert PICTURE in used(chat)
    sources = [one.value for one in chat.answers[-1].markdown]
    assert not any("![x](http" in source or "<b>" in source for source in sources)
    chat.act(chat.answers[-1], "Details")
    assert chat.dialog
    assert len(chat.dialog.expander) == 2
