"""The page as a whole: times, paper, keys, who cannot see it, and where one looks at first."""

from __future__ import annotations

import re
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, expect

from store.database import Database
from store.users import LOCAL_USER
from tests.browser.chat_tab import ChatTab, gated, words
from tests.browser.conftest import OpenTab
from tests.browser.house import House
from tests.browser.outsiders import illegible, unnamed
from tests.browser.test_looks import PHONE
from tests.browser.tour import Tour
from tests.scripted_model import ScriptedModel
from tests.store.samples import chain, make, seed
from tests.waiting import until

PRINTED = "() => { window.print = () => { window.printed = (window.printed ?? 0) + 1 } }"
BESIDE = ("stSidebar", "stBottom", "stHeader")


def test_each_message_shows_its_time_on_hover(tab: OpenTab, database: Database) -> None:
    [one] = seed(database, "One")
    chat = tab(one)
    for message in (chat.questions.last, chat.answers.last):
        expect(message).to_have_attribute("title", re.compile(r"\w+ \d+, \d{4}.* \d+:\d\d"))


def test_question_mark_lists_the_keys(chat: ChatTab) -> None:
    chat.composer.press("?")
    expect(chat.composer).to_have_value("?")
    chat.composer.fill("")
    chat.composer.blur()
    chat.page.keyboard.press("?")
    for key in ("Enter", "Shift", "Esc", "Ctrl", "F2", "Delete"):
        expect(chat.dialog).to_contain_text(key)
    chat.page.keyboard.press("Escape")
    expect(chat.dialog).to_have_count(0)


def test_printing_prints_the_whole_chat(tab: OpenTab, database: Database) -> None:
    with database.transaction() as db:
        place = make(db, LOCAL_USER, title="Long")
        chain(db, place, 40)
    chat = tab(place.session_id)
    expect(chat.messages).to_have_count(10)
    chat.page.evaluate(PRINTED)
    chat.composer.press("Control+p")
    expect(chat.messages).to_have_count(40)
    until(lambda: chat.page.evaluate("window.printed") == 1)
    chat.page.emulate_media(media="print", color_scheme="dark")
    expect(chat.messages.first).to_have_css("color", "rgb(0, 0, 0)")
    expect(chat.page.locator("body")).to_have_css("background-color", "rgb(255, 255, 255)")
    expect(chat.messages.last.get_by_role("button")).to_have_count(1)  # one that is hidden, to copy
    for beside in BESIDE:
        expect(chat.page.get_by_test_id(beside)).to_be_hidden()
    expect(chat.messages.first).to_be_visible()
    whole = "it => it.scrollHeight - it.clientHeight"
    assert chat.page.get_by_test_id("stMain").evaluate(whole) <= 1, "nothing is cut off"


TWICE_ESC = """menu => {
  menu.hidePopover()
  document.body.dispatchEvent(new KeyboardEvent("keydown", { key: "Escape", bubbles: true }))
}"""
"""The first closes the menu, and the second, in the same moment, stops the answer."""


@pytest.mark.parametrize("context_options", [{}, PHONE], ids=["wide", "phone"])
def test_nobody_is_kept_out(
    tab: OpenTab, database: Database, context_options: dict[str, Any], model: ScriptedModel
) -> None:
    one, _ = seed(database, "One", "Two")
    chat = tab(one)
    script, _ = gated(3, 3)
    model.queue(script)
    chat.send("Count")
    chat.reads(words(3))
    assert [*unnamed(chat.page), *illegible(chat.page)] == []
    if context_options is PHONE:
        chat.page.get_by_test_id("stExpandSidebarButton").tap()
        expect(chat.row(one)).to_be_in_viewport()
    chat.page.emulate_media(color_scheme="dark")
    chat.key(f"actions-{one}").get_by_role("button").click()
    expect(chat.page.get_by_role("menu")).to_be_visible()
    assert [*unnamed(chat.page), *illegible(chat.page)] == []
    chat.page.get_by_role("menu").evaluate(TWICE_ESC)
    chat.ended()


def test_no_page_keeps_anybody_out(
    house: House, context: BrowserContext, model: ScriptedModel
) -> None:
    """In a few states; `make prove` goes through all of them."""
    user = house.add("vera", role="admin")
    tour = Tour(house, model, house.login(context, "vera"), user)
    wrong = {state: unnamed(tour.tab.page) for state in tour.brief()}
    assert {state: said for state, said in wrong.items() if said} == {}


def test_scrolling_up_keeps_the_place(tab: OpenTab, database: Database) -> None:
    with database.transaction() as db:
        place = make(db, LOCAL_USER, title="Long")
        chain(db, place, 70)
    chat = tab(place.session_id)
    expect(chat.messages).to_have_count(10)
    expect(chat.messages.last).to_be_in_viewport()
    first = chat.page.get_by_text("text 64", exact=True)
    chat.messages.last.hover()
    chat.page.mouse.wheel(0, -400)
    expect(chat.messages).not_to_have_count(10)
    top = "it => it.getBoundingClientRect().top"
    was = first.evaluate(top)
    expect(chat.messages).not_to_have_count(10)
    assert abs(first.evaluate(top) - was) < 5


GROWS_WITH_THE_WHEEL = """() => {
  const room = document.querySelector("[data-testid='stMainBlockContainer']")
  addEventListener("wheel", () => { room.style.paddingBottom = "300px" }, { once: true })
}"""


def test_scrolling_up_while_the_page_grows(tab: OpenTab, database: Database) -> None:
    with database.transaction() as db:
        place = make(db, LOCAL_USER, title="Long")
        chain(db, place, 70)
    chat = tab(place.session_id)
    expect(chat.messages.last).to_be_in_viewport()
    chat.page.evaluate(GROWS_WITH_THE_WHEEL)
    chat.messages.last.hover()
    chat.page.mouse.wheel(0, -400)
    expect(chat.messages).not_to_have_count(10)


def test_the_tab_in_the_background_sleeps(chat: ChatTab, context: BrowserContext) -> None:
    chat.ask("Hello")
    asked: list[str] = []
    chat.page.evaluate(
        """() => {
          Object.defineProperty(document, "hidden", { configurable: true, get: () => true })
          document.dispatchEvent(new Event("visibilitychange"))
        }"""
    )
    # Not before: the list may still ask for what became of the question.
    chat.page.on("request", lambda request: asked.append(request.url))
    beside = ChatTab(context.new_page(), chat.url)
    beside.open()
    beside.ask("In another tab")
    expect(beside.titles()).to_have_text(["In another tab", "Hello"])
    assert [url for url in asked if "/api/" in url] == []
    expect(chat.titles()).to_have_text(["Hello"])
    chat.page.evaluate(
        """() => {
          delete document.hidden
          document.dispatchEvent(new Event("visibilitychange"))
        }"""
    )
    expect(chat.titles()).to_have_text(["In another tab", "Hello"])
