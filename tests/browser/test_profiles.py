"""The panel with its form, with the offline model: nothing here needs a key."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import expect

from store.database import Database
from tests.browser.analysts import CARD_A, HousedLab, end, fits, form, lab, open_form
from tests.browser.chat_tab import ChatTab
from tests.browser.conftest import OpenTab
from tests.lab import result
from tests.processes import Server

PHONE = {"viewport": {"width": 390, "height": 844}, "color_scheme": "dark"}
LONG = "a.very.long.name.that.goes.on@an.even.longer.instance.example.social"


@pytest.fixture(scope="module")
def offline(tmp_path_factory: pytest.TempPathFactory) -> Iterator[HousedLab]:
    folder = tmp_path_factory.mktemp("offline")
    with lab(folder, PARLEY_OFFLINE_TOKENS_PER_SECOND="5000") as made:
        yield made


@pytest.fixture
def server(offline: HousedLab) -> Iterator[Server]:
    yield from offline.watched()


@pytest.fixture
def database(offline: HousedLab) -> Database:
    return offline.emptied()


@pytest.fixture
def model() -> None:
    """There is none."""


@pytest.fixture
def analysed(offline: HousedLab, tab: OpenTab) -> ChatTab:
    """A chat with three results, two of them of the same handle."""
    place = offline.chat("Analysed")
    offline.keep(
        place, result("a"), result("b", asked={"status": "missing"}), result("a", source="x")
    )
    chat = tab(place.session_id)
    expect(chat.keys("profile-a")).not_to_have_count(0)
    return chat


def test_a_repair_guide_without_a_key(offline: HousedLab, tab: OpenTab) -> None:
    chat = tab(offline.chat(persona="support").session_id)
    offline.ifixit.gate.clear()
    chat.send("How do I replace a phone battery?")
    expect(chat.page.get_by_text("Searching repair guides…")).to_be_visible()
    offline.ifixit.gate.set()
    link = chat.answers.last.get_by_role("link", name="iPhone 13 Battery Replacement")
    expect(link).to_have_attribute("href", re.compile("^https://www.ifixit.com/Guide/"))
    chat.ended()
    offline.ifixit.status = 503
    chat.send("How do I fix a broken screen?")
    expect(chat.answers.last).to_contain_text("cannot be reached now")
    chat.ended()
    expect(chat.answers.last).to_contain_text("Used 1 tool, 1 without success")


def test_the_page_stays_usable_meanwhile(chat: ChatTab, offline: HousedLab) -> None:
    other = offline.chat("The other").session_id
    offline.social.gate.clear()
    open_form(chat)
    form(chat, "@a")
    line = chat.key("profiles").get_by_text("Fetching @a.bsky.social from Bluesky…")
    expect(line).to_be_visible()
    chat.send("What can you do?")
    expect(chat.answers.last).to_contain_text("parley-offline")
    chat.ended()
    this = chat.session_id
    chat.row(other).click()
    chat.reads("Earlier answer")
    expect(chat.key("profiles")).to_have_count(0)
    chat.row(this).click()
    expect(line).to_be_visible()
    chat.page.reload()
    expect(line).to_be_visible()
    chat.composer.fill("My draft")
    offline.social.gate.set()
    expect(chat.key(CARD_A)).to_be_visible()
    expect(line).to_have_count(0)
    expect(chat.composer).to_have_value("My draft")
    assert offline.social.requests["a"] == 2  # the account and its posts, once


def test_a_form_in_another_tab_meanwhile(tab: OpenTab, offline: HousedLab) -> None:
    this = offline.chat().session_id
    chat, watching = tab(this), tab(this)
    offline.social.gate.clear()
    open_form(chat)
    form(chat, "@a")
    expect(watching.key("profiles")).to_contain_text("Fetching @a")
    open_form(watching)
    watching.dialog.get_by_role("textbox", name="Handle").fill("@typed")
    offline.social.gate.set()
    expect(chat.key(CARD_A)).to_be_visible()
    assert offline.social.requests["a"] == 2
    expect(watching.dialog.get_by_role("textbox", name="Handle")).to_have_value("@typed")
    watching.page.keyboard.press("Escape")
    expect(watching.key(CARD_A)).to_be_visible()


def test_comparing(analysed: ChatTab) -> None:
    analysed.click("compare")
    for text in ("@a (Bluesky)", "@a (X)", "@b", "Busiest day", "1,234", "ChatGPT (2)"):
        expect(analysed.dialog).to_contain_text(text)
    expect(analysed.dialog.locator("svg.marks")).to_contain_text("Sun")
    expect(analysed.dialog.get_by_text("undefined")).to_have_count(0)
    expect(analysed.dialog).not_to_contain_text("Average views")


def test_beside_a_panel_the_chat_begins_on_top(analysed: ChatTab) -> None:
    tops = [end(one)["top"] for one in (analysed.questions.first, analysed.key("profiles"))]
    assert min(tops) > 0
    assert max(tops) - min(tops) < 40


def test_downloads(analysed: ChatTab) -> None:
    found = {}
    for kind in ("json", "csv"):
        with analysed.page.expect_download() as download:
            analysed.click(f"profile-{kind}-b")
        found[download.value.suggested_filename] = download.value.path().read_text("utf-8-sig")
    assert json.loads(found["b.json"])["followers"] == 1234
    assert "The best of all" in found["b.csv"]


@pytest.mark.parametrize("context_options", [{"timezone_id": "Asia/Tokyo"}])
def test_hours_of_the_browsers_zone_and_of_utc(analysed: ChatTab) -> None:
    shown = analysed.key("profile-b")
    expect(shown).to_contain_text("(Asia/Tokyo)")
    expect(shown).to_contain_text("most on Wednesdays and around 21:00")
    there = "[aria-label='hour: {}; day: Wed; posts: 4']"
    expect(shown.locator(there.format("21"))).to_be_visible()
    analysed.key("profile-zone").get_by_text("UTC").click()
    expect(shown).to_contain_text("most on Wednesdays and around 12:00")
    expect(shown.locator(there.format("12"))).to_be_visible()
    analysed.click("compare")
    expect(analysed.dialog).to_contain_text("Share of posts by weekday (UTC)")


@pytest.mark.parametrize("context_options", [PHONE])
def test_on_a_dark_phone(offline: HousedLab, tab: OpenTab) -> None:
    place = offline.chat()
    offline.keep(place, result(LONG, source="mastodon", name="Long " * 30), result("b"))
    chat = tab(place.session_id)
    panel, answer = chat.key("profiles"), chat.answers.last
    expect(panel).to_contain_text(LONG)
    expect(panel.get_by_role("link", name=LONG)).to_have_count(0)
    assert end(answer)["bottom"] <= end(panel)["top"]
    expect(answer).to_be_in_viewport(ratio=1)
    fits(chat)
    chat.send("What can you do?")
    expect(chat.answers.last).to_contain_text("parley-offline")
    chat.ended()
    chat.click("compare")
    expect(chat.dialog.locator("svg.marks")).to_be_visible()
    fits(chat)
