"""While an answer streams, whatever one does: no character of it is lost or doubled."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import BrowserContext, expect

from store import messages, sessions
from store.database import Database
from store.users import LOCAL_USER
from store.values import SessionKey
from tests.browser.chat_tab import ChatTab, gated, words
from tests.browser.conftest import OpenTab
from tests.model_script import Gate
from tests.scripted_model import ScriptedModel
from tests.waiting import until

ROUNDS = 5
LONG = "[[tokens=120 delay=0.02]]"


@pytest.fixture
def streaming(chat: ChatTab, model: ScriptedModel) -> list[Gate]:
    """An answer of 12 words in mid-stream: four are on screen, each gate lets four more come."""
    script, gates = gated(4, 4, 4)
    model.queue(script)
    chat.send("Count")
    chat.reads(words(4))
    return gates


def finish(gates: list[Gate]) -> None:
    for gate in gates:
        gate.opened.set()


def stored(database: Database, session_id: str) -> list[tuple[str, str]]:
    """Role and text of the session's branch, as it is stored."""
    place = SessionKey(LOCAL_USER, session_id)
    with database.reading() as db:
        leaf = sessions.get(db, place).active_leaf_id
        return [(m.role, m.content) for m in messages.window(db, place, leaf_id=leaf, limit=1000)]


def test_switching_to_another_session_and_back(chat: ChatTab, model: ScriptedModel) -> None:
    chat.ask("The other one")
    other = chat.session_id
    chat.click("new-chat")
    expect(chat.messages).to_have_count(0)
    script, gates = gated(4, 4, 4)
    model.queue(script)
    chat.send("Count")
    chat.reads(words(4))
    this = chat.session_id
    chat.row(other).click()
    chat.reads("This is a scripted answer.")
    gates[0].opened.set()
    expect(chat.answers).to_have_count(1)
    chat.row(this).click()
    chat.reads(words(8))
    gates[1].opened.set()
    chat.reads(words(12))
    chat.ended()


def test_it_ends_while_one_looks_elsewhere(chat: ChatTab, streaming: list[Gate]) -> None:
    this = chat.session_id
    busy = chat.row(this).locator(".answering")
    expect(busy).to_be_visible()
    chat.click("new-chat")
    expect(chat.messages).to_have_count(0)
    finish(streaming)
    chat.row(this).click()
    chat.reads(words(12))
    chat.ended()
    chat.reads(words(12))
    expect(busy).to_have_count(0)


def test_reloading(chat: ChatTab, streaming: list[Gate]) -> None:
    chat.page.reload()
    chat.reads(words(4))
    streaming[0].opened.set()
    chat.reads(words(8))
    chat.page.reload()
    finish(streaming)
    chat.reads(words(12))
    chat.ended()


def test_closing_the_tab_and_coming_back(
    chat: ChatTab, tab: OpenTab, streaming: list[Gate]
) -> None:
    this = chat.session_id
    chat.page.close()
    streaming[0].opened.set()
    again = tab(this)
    again.reads(words(8))
    again.page.close()
    finish(streaming)
    again = tab(this)
    again.reads(words(12))
    again.ended()


def test_two_tabs_watch_one_answer(chat: ChatTab, tab: OpenTab, streaming: list[Gate]) -> None:
    both = (chat, tab(chat.session_id))
    for at, gate in enumerate(streaming):
        gate.opened.set()
        for one in both:
            one.reads(words(8 + 4 * at))
    for one in both:
        one.ended()
        one.reads(words(12))


def test_two_tabs_on_two_sessions(
    chat: ChatTab, tab: OpenTab, streaming: list[Gate], model: ScriptedModel
) -> None:
    script, gates = gated(2, 2)
    model.queue(script)
    other = tab()
    other.send("Another count")
    other.reads(words(2))
    finish(streaming)
    chat.reads(words(12))
    expect(other.key("stop")).to_be_visible()
    other.reads(words(2))
    finish(gates)
    other.reads(words(4))
    other.ended()
    assert chat.session_id != other.session_id
    expect(chat.questions).to_have_count(1)
    expect(other.questions).to_have_count(1)


def test_two_tabs_send_at_the_same_moment(chat: ChatTab, tab: OpenTab, database: Database) -> None:
    chat.ask("Begin")
    both = (chat, tab(chat.session_id))
    for number in range(ROUNDS):
        for name, one in zip("ab", both, strict=True):
            one.composer.fill(f"{name}{number} [[tokens=2]]")
        for one in both:
            one.composer.press("Enter")
        until(lambda sent=6 + 4 * number: len(stored(database, chat.session_id)) == sent)
    for one in both:
        expect(one.page.get_by_text("Queued")).to_have_count(0)
        one.ended()
    branch = stored(database, chat.session_id)
    assert [role for role, _ in branch] == ["user", "assistant"] * (1 + 2 * ROUNDS)
    asked = [text.partition(" ")[0] for role, text in branch if role == "user"][1:]
    assert sorted(asked) == sorted(f"{name}{n}" for name in "ab" for n in range(ROUNDS))
    for name in "ab":
        assert [text for text in asked if text[0] == name] == [f"{name}{n}" for n in range(ROUNDS)]
    for one in both:
        expect(one.questions.last).to_contain_text(asked[-1])
        assert one.questions.count() <= 15


def test_clicking_about(chat: ChatTab) -> None:
    chat.ask("Before")
    before = chat.session_id
    chat.click("new-chat")
    chat.send(f"Long {LONG}")
    expect(chat.body(chat.answers.last).first).to_contain_text("w3")
    this = chat.session_id
    chat.act_on(this, "Pin")
    expect(chat.sidebar.get_by_text("Pinned", exact=True)).to_be_visible()
    chat.act_on(before, "Pin")
    expect(chat.sidebar.get_by_text("Today", exact=True)).to_have_count(0)
    chat.key("search-chats").get_by_role("searchbox").fill("long")
    expect(chat.row(before)).to_have_count(0)
    chat.key("search-chats").get_by_role("searchbox").fill("")
    chat.row(before).click()
    chat.reads("This is a scripted answer.")
    chat.click("new-chat")
    chat.row(this).click()
    chat.reads(words(120))
    chat.ended()
    chat.reads(words(120))


def test_renaming_in_mid_answer(chat: ChatTab, streaming: list[Gate]) -> None:
    this = chat.session_id
    chat.act_on(this, "Rename")
    streaming[0].opened.set()
    chat.reads(words(8))
    chat.dialog.get_by_label("Title").fill("Counting sheep")
    chat.dialog.get_by_role("button", name="Rename", exact=True).click()
    expect(chat.dialog).to_have_count(0)
    expect(chat.titled(this)).to_have_text("Counting sheep")
    finish(streaming)
    chat.reads(words(12))
    chat.ended()


def test_renaming_while_words_arrive(chat: ChatTab) -> None:
    chat.send(f"Long {LONG}")
    this = chat.session_id
    chat.act_on(this, "Rename")
    field = chat.dialog.get_by_label("Title")
    field.fill("")
    field.press_sequentially("Typed while it streams", delay=15)
    chat.dialog.get_by_role("button", name="Rename", exact=True).click()
    expect(chat.dialog).to_have_count(0)
    expect(chat.titled(this)).to_have_text("Typed while it streams")
    chat.reads(words(120))
    chat.ended()


def test_a_dialog_that_is_open_when_it_ends(chat: ChatTab, streaming: list[Gate]) -> None:
    this = chat.session_id
    chat.act_on(this, "Rename")
    field = chat.dialog.get_by_label("Title")
    field.fill("Half-typed ti")
    finish(streaming)
    chat.reads(words(12))
    expect(field).to_have_value("Half-typed ti")
    chat.dialog.get_by_role("button", name="Close").click()
    expect(chat.dialog).to_have_count(0)
    chat.ended()
    expect(chat.keys("regenerate-")).to_have_count(1)


def test_a_menu_stays_open_while_words_arrive(chat: ChatTab, streaming: list[Gate]) -> None:
    this = chat.session_id
    chat.key(f"actions-{this}").get_by_role("button").click()
    streaming[0].opened.set()
    chat.reads(words(8))
    chat.page.get_by_role("menuitem", name="Pin").click()
    expect(chat.sidebar.get_by_text("Pinned", exact=True)).to_be_visible()
    finish(streaming)
    chat.reads(words(12))
    chat.ended()


def test_typing_the_next_message_meanwhile(chat: ChatTab) -> None:
    chat.send("[[tokens=60 delay=0.02]]")
    chat.composer.press_sequentially("A thought that takes a while to type", delay=15)
    chat.reads(words(60))
    chat.ended()
    expect(chat.composer).to_have_value("A thought that takes a while to type")


def test_deleting_it_in_mid_answer(chat: ChatTab, streaming: list[Gate]) -> None:
    this = chat.session_id
    chat.act_on(this, "Delete")
    chat.dialog.get_by_role("button", name="Delete", exact=True).click()
    expect(chat.row(this)).to_have_count(0)
    chat.click("undo")
    chat.reads(words(4))
    expect(chat.answers.last).to_contain_text("Stopped.")
    expect(chat.page).to_have_url(re.compile(this))


def test_the_manage_page_and_back(chat: ChatTab, streaming: list[Gate]) -> None:
    this = chat.session_id
    chat.sidebar.get_by_role("link", name="Manage sessions").click()
    expect(chat.page).to_have_url(re.compile("/manage"))
    expect(chat.composer).to_have_count(0)
    streaming[0].opened.set()
    chat.row(this).click()
    chat.reads(words(8))
    expect(chat.page).to_have_url(re.compile(this))
    finish(streaming)
    chat.reads(words(12))
    chat.ended()


def test_a_lost_connection(
    context: BrowserContext, chat: ChatTab, streaming: list[Gate], console_errors: list[str]
) -> None:
    context.set_offline(True)
    streaming[0].opened.set()
    context.set_offline(False)
    finish(streaming)
    chat.reads(words(12))
    chat.ended()
    # What the page asked for meanwhile: the browser says so.
    console_errors[:] = [one for one in console_errors if "INTERNET_DISCONNECTED" not in one]
