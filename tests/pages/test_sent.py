"""Details show what the model received, and say what is another by now."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import update

from chat.config import Settings
from chat.runtime import Runtime
from store import tables
from tests.chat.turns.kept_files import KeptFiles, picture
from tests.model_script import Call, Script, Text, calls
from tests.pages.conftest import OpenScriptTab
from tests.pages.script_tab import ScriptTab
from tests.scripted_model import ScriptedModel


@pytest.fixture(scope="module")
def settings(scripted: Settings) -> Settings:
    return scripted


@pytest.fixture
def chat(tab: OpenScriptTab) -> ScriptTab:
    return tab()


def shown(chat: ScriptTab) -> list[str]:
    assert chat.dialog is not None
    return [one.value for one in chat.dialog.code]


def test_the_details_show_what_was_sent(chat: ScriptTab, model: ScriptedModel) -> None:
    chat.ask("First, *with* `marks` & <b>signs</b>\n\n\n  and space ")
    model.queue(calls(Call("calculate", '{"expression": "6*7"}')), Script([Text("It is **42**.")]))
    chat.ask("Second", "It is **42**.")
    chat.act(chat.answers[-1], "Details")
    received = model.requests[-1].body
    texts = shown(chat)
    for message in received["messages"]:
        if "tool_calls" not in message:
            assert message["content"] in texts
    assert "Requests" in chat.asks
    assert '"temperature"' not in chat.asks


def test_what_became_of_files_is_said(
    chat: ScriptTab, parts: Runtime, model: ScriptedModel, tmp_path: Path
) -> None:
    chat.ask("First")
    kept = KeptFiles(tmp_path, parts)
    long, red = kept.add("long<b>.txt", "word " * 100_000), kept.add("red.png", picture())
    blind = {"error": {"message": "This model does not support image input."}}
    model.queue(Script(status=400, body=blind), Script([Text("It is long.")]))
    kept.ask("Second", long, red, session_id=chat.session_id)
    chat.app.run()
    assert 'Of "long<b>.txt" the first ' in chat.text
    assert "Pictures were not sent: this model takes none." in chat.text
    chat.act(chat.answers[-1], "Details")
    assert "long<b>.txt: the first " in chat.asks
    assert "red.png: not sent, the pictures were refused" in chat.asks


def test_what_is_another_by_now_is_not_shown(chat: ScriptTab, parts: Runtime) -> None:
    chat.ask("First")
    chat.ask("Second")
    with parts.database.transaction() as db:
        first = tables.messages.c.id == 1
        db.execute(update(tables.messages).where(first).values(content="spoiled"))
    chat.act(chat.answers[-1], "Details")
    assert "It is another text by now" in chat.asks
    assert "spoiled" not in "".join(shown(chat))
