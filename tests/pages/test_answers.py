"""What can be done with messages: queue, versions, branches, ratings, details, deletion."""

from __future__ import annotations

import pytest

from chat import runtime
from chat.config import Settings
from store.users import LOCAL_USER
from store.values import SessionKey
from tests.model_script import Gate, Script, Text
from tests.pages.conftest import OpenScriptTab
from tests.pages.reading import written
from tests.pages.script_tab import ScriptTab
from tests.scripted_model import ScriptedModel
from tests.waiting import until


@pytest.fixture(scope="module")
def settings(scripted: Settings) -> Settings:
    return scripted


@pytest.fixture
def chat(tab: OpenScriptTab) -> ScriptTab:
    return tab()


def says(*texts: str) -> list[Script]:
    return [Script([Text(text)]) for text in texts]


def test_leaving_the_queue(chat: ScriptTab, model: ScriptedModel) -> None:
    gate = Gate()
    model.queue(Script([Text("w0 "), gate, Text("w1 ")]))
    chat.send("One")
    chat.send("Two")
    assert "Queued: it is answered next." in chat.text
    assert len(chat.questions) == 2
    chat.act(chat.questions[-1], "Remove from queue")
    assert len(chat.questions) == 1
    gate.opened.set()
    chat.ended()
    chat.reads("w0 w1")
    assert "Queued" not in chat.text
    assert len(model.requests) == 1


def test_no_run_begins_while_the_process_ends(
    chat: ScriptTab, model: ScriptedModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    gate = Gate()
    model.queue(Script([Text("w0 "), gate, Text("w1 ")]))
    chat.send("One")
    monkeypatch.setattr(runtime.start().runner, "closing", True)
    gate.opened.set()
    until(lambda: not runtime.start().runner.running())
    chat.app.tick()
    assert chat.is_answering, "the page is as it was"
    assert chat.keys("live-")
    monkeypatch.undo()
    chat.ended()
    chat.reads("w0 w1")


def test_regenerating_and_looking_at_versions(chat: ScriptTab, model: ScriptedModel) -> None:
    model.queue(*says("First version.", "Second version."))
    chat.ask("Go", "First version.")
    chat.press("Regenerate", chat.answers[-1])
    chat.ended()
    chat.reads("Second version.")
    assert len(chat.answers) == 1
    assert "2/2" in written(chat.answers[-1])
    assert chat.button("Next version", chat.answers[-1]).disabled
    chat.press("Previous version", chat.answers[-1])
    chat.reads("First version.")
    assert "1/2" in written(chat.answers[-1])
    chat.reload()
    chat.reads("First version.")
    chat.press("Next version", chat.answers[-1])
    chat.reads("Second version.")


def test_the_version_on_screen_goes_on(chat: ScriptTab, model: ScriptedModel) -> None:
    model.queue(*says("First version.", "Second version.", "Next answer."))
    chat.ask("Go", "First version.")
    chat.press("Regenerate", chat.answers[-1])
    chat.ended()
    chat.reads("Second version.")
    chat.press("Previous version", chat.answers[-1])
    chat.reads("First version.")
    chat.ask("More", "Next answer.")
    sent = [message["content"] for message in model.requests[-1].body["messages"][1:]]
    assert sent == ["Go", "First version.", "More"]


def test_editing_and_sending_again(chat: ScriptTab, model: ScriptedModel) -> None:
    model.queue(*says("About cats.", "About dogs."))
    chat.ask("Tell me about cats", "About cats.")
    chat.press("Edit", chat.questions[-1])
    assert chat.field("Edit message").value == "Tell me about cats"
    chat.fill("Edit message", "Tell me about dogs")
    chat.press("Send", chat.questions[-1])
    chat.ended()
    chat.reads("About dogs.")
    [question] = chat.questions
    assert "Tell me about dogs" in written(question)
    assert "2/2" in written(question)
    chat.press("Previous version", question)
    chat.reads("About cats.")
    assert "Tell me about cats" in written(chat.questions[-1])


def test_giving_up_an_edit(chat: ScriptTab) -> None:
    chat.ask("Stay")
    chat.act(chat.questions[-1], "Edit")
    chat.fill("Edit message", "Go")
    chat.press("Cancel", chat.questions[-1])
    assert "Send" not in chat.buttons()
    assert "Stay" in written(chat.questions[-1])


def test_branching_into_a_new_session(chat: ScriptTab) -> None:
    chat.ask("First question")
    chat.ask("Second question")
    old = chat.session_id
    chat.act(chat.answers[0], "Branch")
    assert len(chat.questions) == 1
    assert chat.session_id != old
    assert chat.row(chat.session_id)["title"] == "Branch of First question"
    chat.ask("Third question")
    chat.open(old)
    assert len(chat.questions) == 2
    assert "Second question" in written(chat.questions[-1])


def kind(chat: ScriptTab, name: str) -> str:
    return str(chat.button(name, chat.answers[-1]).proto.type)


def test_ratings_are_toggles(chat: ScriptTab) -> None:
    chat.ask("Rate me")
    chat.press("Good answer", chat.answers[-1])
    assert kind(chat, "Good answer") == "secondary"
    chat.press("Bad answer", chat.answers[-1])
    assert kind(chat, "Bad answer") == "secondary"
    assert kind(chat, "Good answer") == "tertiary"
    chat.reload()
    assert kind(chat, "Bad answer") == "secondary"
    chat.press("Bad answer", chat.answers[-1])
    assert kind(chat, "Bad answer") == "tertiary"


def test_bookmarking(chat: ScriptTab) -> None:
    chat.ask("Keep me")
    chat.act(chat.answers[-1], "Bookmark")
    chat.act(chat.answers[-1], "Remove bookmark")
    chat.act(chat.questions[-1], "Bookmark")
    chat.reload()
    chat.act(chat.questions[-1], "Remove bookmark")
    chat.act(chat.answers[-1], "Bookmark")


def test_the_details_of_an_answer(chat: ScriptTab) -> None:
    chat.ask("First")
    chat.ask("Second")
    chat.act(chat.answers[-1], "Details")
    for fact in ("complete", "scripted-1", "7 in, 5 out", "3 of 3 messages of this branch"):
        assert fact in chat.asks
    chat.run()
    assert chat.dialog is None


def test_the_details_say_what_did_not_fit(chat: ScriptTab) -> None:
    chat.ask("x" * 140_000 + " [[tokens=1]]", "w0")
    chat.ask("Short")
    chat.act(chat.answers[-1], "Details")
    said = "2 of 3 messages of this branch; the older ones did not fit the budget"
    assert said in chat.asks


def test_deleting_a_message_and_undo(chat: ScriptTab) -> None:
    chat.ask("First")
    chat.ask("Second")
    chat.act(chat.questions[-1], "Delete")
    assert len(chat.messages) == 2
    assert "2 messages deleted." in chat.text
    chat.click("undo")
    assert len(chat.messages) == 4
    assert "Second" in written(chat.questions[-1])
    assert not chat.has("undo")
    chat.act(chat.answers[-1], "Delete")
    assert len(chat.answers) == 1
    chat.click("dismiss")
    assert not chat.has("undo")
    chat.ask("Third")


def test_deleting_the_first_message_leaves_an_empty_chat(chat: ScriptTab) -> None:
    chat.ask("Only one")
    chat.act(chat.questions[-1], "Delete")
    assert chat.messages == []
    chat.click("undo")
    assert len(chat.messages) == 2


def test_an_instruction_that_another_program_wrote(chat: ScriptTab, model: ScriptedModel) -> None:
    model.queue(*says("w0"))
    chat.send("One")
    chat.ended()
    place = SessionKey(LOCAL_USER, chat.known.session_id or "")
    runtime.start().sessions.add_message(place, "Answer in rhymes.", role="system")
    chat.app.run()
    assert "Instruction to the model" in chat.text
    assert "Answer in rhymes." in chat.text
    [menu] = [key for key in chat.keys("message-actions-") if key.endswith("-3")]
    assert menu
