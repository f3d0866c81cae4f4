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


def test_stopping_by_keyboard(chat: ChatTab, model: ScriptedModel) -> None:
    model.queue(gated(3, 3)[0])
    chat.send("Count")
    chat.reads(words(3))
    chat.page.keyboard.press("Escape")
    expect(chat.answers.last).to_contain_text("Stopped.")
    chat.ended()


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


def test_leaving_the_queue(chat: ChatTab, model: ScriptedModel) -> None:
    script, gates = gated(3, 3)
    model.queue(script)
    chat.send("One")
    chat.reads(words(3))
    chat.send("Two")
    expect(chat.questions).to_have_count(2)
    chat.act(chat.questions.last, "Remove from queue")
    expect(chat.questions).to_have_count(1)
    gates[0].opened.set()
    chat.reads(words(6))
    chat.ended()
    assert len(model.requests) == 1


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


def test_regenerating_and_looking_at_versions(chat: ChatTab, model: ScriptedModel) -> None:
    model.queue(*says("First version.", "Second version."))
    chat.ask("Go", "First version.")
    chat.answers.last.get_by_role("button", name="Regenerate").click()
    chat.reads("Second version.")
    chat.ended()
    expect(chat.answers).to_have_count(1)
    expect(chat.answers.last).to_contain_text("2/2")
    next_version = chat.answers.last.get_by_role("button", name="Next version")
    expect(next_version).to_be_disabled()
    chat.answers.last.get_by_role("button", name="Previous version").click()
    chat.reads("First version.")
    expect(chat.answers.last).to_contain_text("1/2")
    chat.page.reload()
    chat.reads("First version.")
    next_version.click()
    chat.reads("Second version.")


def test_the_version_on_screen_goes_on(chat: ChatTab, model: ScriptedModel) -> None:
    model.queue(*says("First version.", "Second version.", "Next answer."))
    chat.ask("Go", "First version.")
    chat.answers.last.get_by_role("button", name="Regenerate").click()
    chat.reads("Second version.")
    chat.ended()
    chat.answers.last.get_by_role("button", name="Previous version").click()
    chat.reads("First version.")
    chat.ask("More", "Next answer.")
    sent = [message["content"] for message in model.requests[-1].body["messages"][1:]]
    assert sent == ["Go", "First version.", "More"]


def test_editing_and_sending_again(chat: ChatTab, model: ScriptedModel) -> None:
    model.queue(*says("About cats.", "About dogs."))
    chat.ask("Tell me about cats", "About cats.")
    chat.questions.last.get_by_role("button", name="Edit", exact=True).click()
    box = chat.page.get_by_role("textbox", name="Edit message")
    expect(box).to_have_value("Tell me about cats")
    box.fill("Tell me about dogs")
    chat.questions.last.get_by_role("button", name="Send", exact=True).click()
    chat.reads("About dogs.")
    chat.ended()
    expect(chat.questions).to_have_count(1)
    expect(chat.questions.last).to_contain_text("Tell me about dogs")
    expect(chat.questions.last).to_contain_text("2/2")
    chat.questions.last.get_by_role("button", name="Previous version").click()
    chat.reads("About cats.")
    expect(chat.questions.last).to_contain_text("Tell me about cats")


def test_giving_up_an_edit(chat: ChatTab) -> None:
    chat.ask("Stay")
    chat.act(chat.questions.last, "Edit")
    box = chat.page.get_by_role("textbox", name="Edit message")
    box.fill("Go")
    chat.questions.last.get_by_role("button", name="Cancel").click()
    expect(box).to_have_count(0)
    expect(chat.questions.last).to_contain_text("Stay")


def test_branching_into_a_new_session(chat: ChatTab, model: ScriptedModel) -> None:
    chat.ask("First question")
    chat.ask("Second question")
    old = chat.session_id
    chat.act(chat.answers.first, "Branch")
    expect(chat.questions).to_have_count(1)
    expect(chat.page).not_to_have_url(re.compile(old))
    expect(chat.row(chat.session_id)).to_have_text("Branch of First question")
    chat.ask("Third question")
    chat.row(old).click()
    expect(chat.questions).to_have_count(2)
    expect(chat.questions.last).to_contain_text("Second question")


def test_ratings_are_toggles(chat: ChatTab) -> None:
    chat.ask("Rate me")
    good = chat.keys("good-").get_by_test_id(re.compile("stBaseButton-"))
    bad = chat.keys("bad-").get_by_test_id(re.compile("stBaseButton-"))
    good.click()
    expect(good).to_have_attribute("kind", "secondary")
    bad.click()
    expect(bad).to_have_attribute("kind", "secondary")
    expect(good).to_have_attribute("kind", "tertiary")
    chat.page.reload()
    expect(bad).to_have_attribute("kind", "secondary")
    bad.click()
    expect(bad).to_have_attribute("kind", "tertiary")


def test_bookmarking(chat: ChatTab) -> None:
    chat.ask("Keep me")
    chat.act(chat.answers.last, "Bookmark")
    chat.act(chat.answers.last, "Remove bookmark")
    chat.act(chat.questions.last, "Bookmark")
    chat.page.reload()
    chat.act(chat.questions.last, "Remove bookmark")
    chat.act(chat.answers.last, "Bookmark")


def test_the_details_of_an_answer(chat: ChatTab) -> None:
    chat.ask("First")
    chat.ask("Second")
    chat.act(chat.answers.last, "Details")
    for fact in ("complete", "scripted-1", "7 in, 5 out", "3 of 3 messages of this branch"):
        expect(chat.dialog).to_contain_text(fact)
    chat.dialog.get_by_role("button", name="Close").click()
    expect(chat.dialog).to_have_count(0)


def test_the_details_say_what_did_not_fit(chat: ChatTab) -> None:
    chat.ask("x" * 140_000 + " [[tokens=1]]", "w0")
    chat.ask("Short")
    chat.act(chat.answers.last, "Details")
    expect(chat.dialog).to_contain_text(
        "2 of 3 messages of this branch; the older ones did not fit the budget"
    )


def test_deleting_a_message_and_undo(chat: ChatTab) -> None:
    chat.ask("First")
    chat.ask("Second")
    chat.act(chat.questions.last, "Delete")
    expect(chat.messages).to_have_count(2)
    expect(chat.page.get_by_text("2 messages deleted.")).to_be_visible()
    chat.click("undo")
    expect(chat.messages).to_have_count(4)
    expect(chat.questions.last).to_contain_text("Second")
    expect(chat.key("undo")).to_have_count(0)
    chat.act(chat.answers.last, "Delete")
    expect(chat.answers).to_have_count(1)
    chat.click("dismiss")
    expect(chat.key("undo")).to_have_count(0)
    chat.ask("Third")


def test_deleting_the_first_message_leaves_an_empty_chat(chat: ChatTab) -> None:
    chat.ask("Only one")
    chat.act(chat.questions.last, "Delete")
    expect(chat.messages).to_have_count(0)
    chat.click("undo")
    expect(chat.messages).to_have_count(2)


def test_copying_an_answer(chat: ChatTab) -> None:
    chat.page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    chat.ask("Copy me")
    chat.answers.last.get_by_role("button", name="Copy answer").click()
    expect(chat.answers.last.get_by_role("button", name="Copy answer")).to_have_class("copied")
    assert chat.page.evaluate("navigator.clipboard.readText()") == "This is a scripted answer."
