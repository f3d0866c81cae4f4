"""News: what happens elsewhere is soon in every tab, and answers nobody has seen are marked."""

from __future__ import annotations

import re
from collections import Counter
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, Request, expect

from store.database import Database
from tests.browser.chat_tab import ChatTab, gated, words
from tests.browser.conftest import OpenTab
from tests.browser.house import House
from tests.scripted_model import ScriptedModel
from tests.store.samples import seed
from tests.waiting import until

NEW_ANSWER = "has a new answer"
COMPOSER_COMES_LATE = """() => {
  const { composer } = parleyParts
  parleyParts.composer = (...said) => setTimeout(() => composer(...said), 1000)
}"""

NO_LOCKS = "Object.defineProperty(navigator, 'locks', { value: undefined })"
"""As over plain http."""


def rename(chat: ChatTab, session_id: str, title: str) -> None:
    chat.act_on(session_id, "Rename")
    chat.dialog.get_by_label("Title").fill(title)
    chat.dialog.get_by_role("button", name="Rename", exact=True).click()
    expect(chat.dialog).to_have_count(0)


def test_all_tabs_hear_of_what_one_does(tab: OpenTab, database: Database) -> None:
    one, two = seed(database, "One", "Two")
    tabs = [tab(one), tab(one), tab()]
    rename(tabs[0], one, "Renamed")
    for other in tabs:
        expect(other.titled(one)).to_have_text("Renamed")
    for other in tabs[:2]:
        expect(other.heading).to_have_text("Renamed")
        expect(other.page).to_have_title(re.compile("Renamed · Parley$"))
    tabs[2].ask("A third one")
    for other in tabs:
        expect(other.titles()).to_have_text(["A third one", "Two", "Renamed"])
    tabs[2].act_on(two, "Delete")
    tabs[2].dialog.get_by_role("button", name="Delete", exact=True).click()
    for other in tabs:
        expect(other.titles()).to_have_text(["A third one", "Renamed"])


def test_another_browser_hears_of_it_too(
    house: House, context: BrowserContext, other: BrowserContext
) -> None:
    house.add("tina", "Of Tina")
    here, there = house.login(context, "tina"), house.login(other, "tina")
    here.sees("Of Tina")
    there.sees("Of Tina")
    here.send("Hello from here")
    there.sees("Hello from here", "Of Tina")


def test_a_question_in_another_tab_comes_with_its_answer(
    tab: OpenTab, database: Database, model: ScriptedModel
) -> None:
    [one] = seed(database, "One")
    chat, watching = tab(one), tab(one)
    script, gates = gated(3, 3)
    model.queue(script)
    chat.send("Count")
    watching.reads(words(3))
    gates[0].opened.set()
    watching.reads(words(6))
    watching.ended()
    expect(watching.questions).to_have_count(2)
    expect(watching.answers).to_have_count(2)


def test_an_answer_that_nobody_has_seen_is_marked(
    tab: OpenTab, database: Database, model: ScriptedModel
) -> None:
    [one] = seed(database, "One")
    chat = tab()
    script, gates = gated(3, 3)
    model.queue(script)
    chat.send("Count")
    chat.reads(words(3))
    count = chat.session_id
    expect(chat.titles()).to_have_text(["Count", "One"])
    chat.row(one).click()
    chat.reads("Answer to One")
    expect(chat.row(count)).to_have_attribute("title", re.compile("is being answered"))
    gates[0].opened.set()
    expect(chat.row(count)).to_have_attribute("title", re.compile(NEW_ANSWER))
    expect(chat.page).to_have_title("● One · Parley")
    chat.page.evaluate(COMPOSER_COMES_LATE)
    chat.row(count).click()
    chat.reads(words(6))
    expect(chat.row(count)).not_to_have_attribute("title", re.compile(NEW_ANSWER))
    expect(chat.page).to_have_title("Count · Parley")
    chat.page.reload()
    chat.reads(words(6))
    expect(chat.page).to_have_title("Count · Parley")


@pytest.mark.parametrize("context_options", [{}, {"locale": "en-GB"}], ids=["locks", "lease"])
def test_one_connection_for_all_tabs_of_a_browser(
    context: BrowserContext, context_options: dict[str, Any], tab: OpenTab
) -> None:
    if context_options:
        context.add_init_script(NO_LOCKS)
    counts: Counter[str] = Counter()

    def count(request: Request, what: str) -> None:
        counts[what] += request.url.endswith("/news")

    context.on("request", lambda request: count(request, "begun"))
    for end in ("requestfailed", "requestfinished"):
        context.on(end, lambda request: count(request, "ended"))
    tabs = [tab(), tab(), tab()]
    for one in tabs:
        one.page.reload()
    tabs[0].ask("Hello")
    for one in tabs:
        expect(one.titles()).to_have_text(["Hello"])
    # Whichever had it gave it up when it was reloaded, and another took over.
    until(lambda: tabs[0].page.evaluate("1") and counts["begun"] - counts["ended"] == 1)
    assert counts["begun"] <= 1 + len(tabs)
    tabs[0].page.close()
    tabs[1].ask("And on")
    expect(tabs[2].titles()).to_have_text(["And on", "Hello"])
