"""The composer: keys, drafts, input methods, and who sees nothing of whom."""

from __future__ import annotations

import re
from contextlib import suppress

import pytest
from playwright.sync_api import Browser, BrowserContext, expect
from playwright.sync_api import Error as PlaywrightError

from store.database import Database
from tests.browser.chat_tab import ChatTab, gated, words
from tests.browser.conftest import USUAL, OpenTab
from tests.browser.house import House
from tests.processes import Server
from tests.scripted_model import ScriptedModel
from tests.store.samples import seed

SCRIPTED = "This is a scripted answer."
KEPT = "Object.entries(localStorage).map(String).join()"
DEAF = """() => {
  parleyParts.send = WebSocket.prototype.send
  WebSocket.prototype.send = () => {}
}"""
COMPOSE = """(area, isComposing) => {
  const about = { key: "Enter", isComposing, keyCode: isComposing ? 229 : 13,
                  bubbles: true, composed: true, cancelable: true }
  area.dispatchEvent(new KeyboardEvent("keydown", about))
}"""


def height(chat: ChatTab) -> float:
    found: float = chat.composer.evaluate("area => area.getBoundingClientRect().height")
    return found


def test_it_grows_to_ten_lines_and_turns_with_what_is_written(chat: ChatTab) -> None:
    one = height(chat)
    chat.composer.fill("a\nb")
    line = height(chat) - one
    assert 18 <= line <= 32
    chat.composer.fill("\n".join("x" * 10))
    ten = height(chat)
    assert abs(ten - one - 9 * line) < 3
    chat.composer.fill("\n".join("x" * 30))
    assert height(chat) == ten
    expect(chat.composer).to_be_in_viewport()
    chat.composer.fill("")
    assert height(chat) == one
    chat.composer.fill("مرحبا بالعالم")
    assert chat.composer.evaluate("area => getComputedStyle(area).direction") == "rtl"


def test_an_input_method_ends_a_word_with_enter(chat: ChatTab) -> None:
    chat.composer.fill("にほん")
    chat.composer.evaluate(COMPOSE, True)
    expect(chat.composer).to_have_value("にほん")
    expect(chat.flying).to_have_count(0)
    expect(chat.messages).to_have_count(0)
    chat.composer.evaluate(COMPOSE, False)
    chat.reads(SCRIPTED)
    expect(chat.questions).to_have_text([re.compile("にほん")])


def test_escape_stops_and_the_button_is_stop_meanwhile(chat: ChatTab, model: ScriptedModel) -> None:
    script, _ = gated(3, 3)
    model.queue(script)
    chat.send("Count")
    chat.reads(words(3))
    expect(chat.key("stop").get_by_role("button", name="Stop")).to_be_visible()
    expect(chat.page.get_by_role("button", name="Send message")).to_be_hidden()
    chat.composer.fill("Another")
    expect(chat.page.get_by_role("button", name="Send message")).to_be_enabled()
    chat.composer.press("Escape")
    expect(chat.answers.last).to_contain_text("Stopped.")
    chat.ended()
    expect(chat.composer).to_have_value("Another")


def test_arrow_up_in_the_empty_composer_edits_the_last_question(chat: ChatTab) -> None:
    chat.ask("First words")
    chat.composer.fill("x")
    chat.composer.press("ArrowUp")
    expect(chat.questions.last.get_by_role("textbox")).to_have_count(0)
    chat.composer.fill("")
    chat.composer.press("ArrowUp")
    expect(chat.questions.last.get_by_role("textbox")).to_have_value("First words")


def test_it_says_where_enter_leads_before_that_is_drawn(tab: OpenTab, database: Database) -> None:
    one, two = seed(database, "One", "Two")
    chat = tab(one)
    chat.reads("Answer to One")
    where = chat.page.locator(".composer .where")
    expect(where).to_be_hidden()
    chat.page.evaluate(DEAF)
    chat.row(two).click()
    expect(where).to_have_text("To “Two”")
    chat.click("new-chat")
    expect(where).to_have_text("To a new chat")
    chat.page.evaluate("() => { WebSocket.prototype.send = parleyParts.send }")
    expect(where).to_be_hidden()
    expect(chat.messages).to_have_count(0)


def test_drafts_stay_with_their_chats(tab: OpenTab, database: Database) -> None:
    one, two = seed(database, "One", "Two")
    chat = tab(one)
    chat.composer.fill("Draft of one")
    chat.row(two).click()
    expect(chat.composer).to_have_value("")
    chat.composer.fill("Draft of two")
    chat.click("new-chat")
    expect(chat.composer).to_have_value("")
    chat.composer.fill("Draft of a new one")
    for session_id, text in ((one, "Draft of one"), (two, "Draft of two")):
        chat.row(session_id).click()
        expect(chat.composer).to_have_value(text)
    chat.reads("Answer to Two")
    chat.page.reload()
    expect(chat.composer).to_have_value("Draft of two")
    chat.click("new-chat")
    expect(chat.composer).to_have_value("Draft of a new one")
    chat.row(one).click()
    chat.composer.press("Enter")
    expect(chat.questions.last).to_contain_text("Draft of one")
    expect(chat.composer).to_have_value("")
    chat.page.reload()
    chat.reads(SCRIPTED)
    expect(chat.composer).to_have_value("")


def test_another_tab_of_the_chat_takes_no_draft_away(tab: OpenTab, database: Database) -> None:
    [one] = seed(database, "One")
    other, chat = tab(one), tab(one)
    chat.composer.fill("Not sent yet")
    other.composer.focus()
    other.composer.blur()
    other.page.reload()
    expect(other.composer).to_have_value("Not sent yet")
    other.composer.fill("Something else")
    chat.composer.press("Enter")
    expect(other.questions.last).to_contain_text("Not sent yet")
    expect(other.composer).to_have_value("Something else")
    other.page.reload()
    expect(other.composer).to_have_value("Something else")


@pytest.mark.usefixtures("model")
def test_a_draft_outlives_a_crash_of_the_tab(
    browser: Browser, server: Server, database: Database
) -> None:
    """In a browser of its own, for all of its tabs crash."""
    [one] = seed(database, "One")
    with browser.new_context(**USUAL) as context:
        chat = ChatTab(context.new_page(), server.url)
        chat.open(one)
        chat.composer.fill("Not sent yet")
        with chat.page.expect_event("crash"), suppress(PlaywrightError):
            chat.page.goto("chrome://crash")
        again = ChatTab(context.new_page(), server.url)
        again.open(one)
        expect(again.composer).to_have_value("Not sent yet")


def test_logging_out_leaves_nothing_of_it(house: House, context: BrowserContext) -> None:
    house.add("nora", "Secret of Nora")
    tab = house.login(context, "nora")
    other = house.visit(context)
    for chat in (tab, other):
        chat.sees("Secret of Nora")
        chat.composer.fill("secret words")
        chat.composer.blur()
    tab.titles().first.click()
    tab.reads("Answer to Secret of Nora")
    search = tab.key("search-chats").get_by_role("searchbox")
    search.fill("secret")
    tab.composer.fill("more secret words")
    assert "secret" in tab.page.evaluate(KEPT)
    tab.log_out()
    other.sees_only_the_login()
    assert "secret" not in tab.page.evaluate(KEPT)
    tab.page.go_back()
    tab.sees_only_the_login()
    house.add("olga", "Of Olga")
    tab.log_in("olga")
    tab.sees("Of Olga")
    expect(tab.composer).to_have_value("")
    expect(search).to_have_value("")
    assert "secret" not in tab.page.evaluate(KEPT)
    assert "secret" not in tab.page.content().casefold()


def test_another_person_finds_nothing_of_a_login_that_ended(
    house: House, context: BrowserContext
) -> None:
    pia = house.add("pia", "Of Pia")
    house.add("ruth", "Of Ruth")
    tab = house.login(context, "pia")
    tab.sees("Of Pia")
    tab.composer.fill("secret words")
    house.disable(pia)
    tab.sees_only_the_login()
    tab.log_in("ruth")
    tab.sees("Of Ruth")
    expect(tab.composer).to_have_value("")
    assert "secret" not in tab.page.evaluate(KEPT)
    house.disable(pia, disabled=False)


def test_an_expired_login_keeps_what_was_typed_and_sends_it_afterwards(
    house: House, context: BrowserContext
) -> None:
    sara = house.add("sara", "Of Sara")
    tab = house.login(context, "sara")
    tab.sees("Of Sara")
    tab.page.route("**/messages", lambda route: route.abort("connectionreset"))
    tab.send("Sent in vain")
    tab.composer.fill("And a draft")
    house.disable(sara)
    tab.sees_only_the_login()
    house.disable(sara, disabled=False)
    tab.page.unroute("**/messages")
    tab.log_in("sara")
    tab.sees("Sent in vain", "Of Sara")
    expect(tab.composer).to_have_value("And a draft")
