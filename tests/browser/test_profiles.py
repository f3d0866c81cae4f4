"""The panel with its form, with the offline model: nothing here needs a key."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import expect

from store.database import Database
from tests.browser.analysts import (
    CARD_A,
    CARD_B,
    ODD,
    QUESTION,
    Lab,
    end,
    fits,
    form,
    lab,
    open_form,
    result,
)
from tests.browser.chat_tab import ChatTab
from tests.browser.conftest import OpenTab
from tests.processes import Server

CSV = "created_at,text,likes\n2024-05-01 12:00,Hello there,3\n2024-05-02 13:00,Hello again,4\n"
PHONE = {"viewport": {"width": 390, "height": 844}, "color_scheme": "dark"}
LONG = "a.very.long.name.that.goes.on@an.even.longer.instance.example.social"


@pytest.fixture(scope="module")
def offline(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    folder = tmp_path_factory.mktemp("offline")
    with lab(folder, PARLEY_OFFLINE_TOKENS_PER_SECOND="5000") as made:
        yield made


@pytest.fixture
def server(offline: Lab) -> Iterator[Server]:
    yield from offline.watched()


@pytest.fixture
def database(offline: Lab) -> Database:
    return offline.emptied()


@pytest.fixture
def model() -> None:
    """There is none."""


@pytest.fixture
def analysed(offline: Lab, tab: OpenTab) -> ChatTab:
    """A chat with three results, two of them of the same handle."""
    place = offline.chat("Analysed")
    offline.keep(
        place, result("a"), result("b", asked={"status": "missing"}), result("a", source="x")
    )
    chat = tab(place.session_id)
    expect(chat.keys("profile-a")).not_to_have_count(0)
    return chat


def test_two_accounts_without_a_key(chat: ChatTab) -> None:
    chat.send(QUESTION)
    for key in (CARD_A, CARD_B):
        expect(chat.key(key)).to_contain_text("Products and writing style are missing. No model is")
    expect(chat.answers.last).to_contain_text("built-in offline model")
    chat.ended()
    expect(chat.answers.last).to_contain_text("Used 2 tools")
    expect(chat.key(CARD_A)).to_contain_text("Ann A · Bluesky · 42 followers · 6 posts")
    chat.click("new-chat")
    expect(chat.messages).to_have_count(0)
    expect(chat.key("profiles")).to_have_count(0)


def test_a_repair_guide_without_a_key(offline: Lab, tab: OpenTab) -> None:
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


def test_what_the_form_refuses(chat: ChatTab) -> None:
    """It stays open with what was typed, and no chat begins."""
    open_form(chat)
    for handle, said in (("", "The handle is empty."), ("no handle!", "is no handle")):
        form(chat, handle)
        expect(chat.dialog.get_by_test_id("stAlert")).to_contain_text(said)
    form(chat, "", "File")
    expect(chat.dialog.get_by_test_id("stAlert")).to_contain_text("No file was chosen.")
    chat.page.keyboard.press("Escape")
    expect(chat.dialog).to_have_count(0)
    expect(chat.titles()).to_have_count(0)


def test_what_cannot_be_fetched(chat: ChatTab, offline: Lab) -> None:
    open_form(chat)
    form(chat, "@nobody")
    panel = chat.key("profiles")
    expect(panel.get_by_test_id("stAlert")).to_contain_text("nobody.bsky.social")
    chat.click("dismiss-analyses")
    expect(chat.key("profiles")).to_have_count(0)
    offline.social.fails_after = 0
    open_form(chat)
    form(chat, "a")
    expect(panel.get_by_test_id("stAlert")).to_contain_text("does not work right now (503)")
    chat.page.reload()
    expect(panel.get_by_test_id("stAlert")).to_be_visible()


def test_files(chat: ChatTab, offline: Lab) -> None:
    open_form(chat)
    form(chat, "My posts", "File")
    upload = chat.dialog.locator("input[type=file]")
    upload.set_input_files({"name": "x.csv", "mimeType": "text/csv", "buffer": b"\0\1nonsense"})
    expect(chat.dialog.get_by_text("x.csv")).to_be_visible()
    chat.click("profile-start")
    alert = chat.key("profiles").get_by_test_id("stAlert")
    expect(alert).to_contain_text("No posts can be read from x.csv")
    open_form(chat)
    form(chat, "", "File")
    upload.set_input_files({"name": "<b>p.csv", "mimeType": "text/csv", "buffer": CSV.encode()})
    expect(chat.dialog.get_by_text("<b>p.csv")).to_be_visible()
    chat.click("profile-start")
    expect(chat.key("profile-b-p-csv")).to_contain_text("File · 2 posts")
    assert offline.kept(chat.session_id) == ["b-p.csv"]


def test_the_page_stays_usable_meanwhile(chat: ChatTab, tab: OpenTab, offline: Lab) -> None:
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
    watching = tab(this)
    expect(watching.key("profiles")).to_contain_text("Fetching @a")
    chat.composer.fill("My draft")
    open_form(watching)
    watching.dialog.get_by_role("textbox", name="Handle").fill("@typed")
    offline.social.gate.set()
    expect(chat.key(CARD_A)).to_be_visible()
    expect(line).to_have_count(0)
    expect(chat.composer).to_have_value("My draft")
    assert offline.social.requests["a"] == 2  # the account and its posts, once
    expect(watching.dialog.get_by_role("textbox", name="Handle")).to_have_value("@typed")
    watching.page.keyboard.press("Escape")
    expect(watching.key(CARD_A)).to_be_visible()


def test_another_tab_sees_it_come(analysed: ChatTab, tab: OpenTab) -> None:
    watching = tab(analysed.session_id)
    expect(watching.key("profile-b")).to_be_visible()
    open_form(analysed)
    form(analysed, "@a", "Bluesky")
    expect(watching.key(CARD_A)).to_be_visible()


def test_one_that_is_known_is_said_and_fetched_again(chat: ChatTab, offline: Lab) -> None:
    open_form(chat)
    form(chat, "@a")
    expect(chat.key(CARD_A)).to_contain_text("6 posts")
    open_form(chat)
    form(chat, "@a")
    known = chat.key("profiles").get_by_test_id("stAlert").filter(has_text="analyzed in this chat")
    expect(known).to_be_visible()
    assert offline.social.requests["a"] == 2
    offline.social.add("a", posts=[{"text": "One more"}] * 7)
    chat.choose(chat.key("profile-actions-a-bsky-social"), "Fetch again")
    expect(chat.key(CARD_A)).to_contain_text("7 posts")
    assert offline.kept(chat.session_id) == ["a.bsky.social"]


def test_removing_asks_first(analysed: ChatTab, offline: Lab) -> None:
    chat = analysed
    for button, left in (("Cancel", 3), ("Remove", 2)):
        chat.choose(chat.key("profile-actions-b"), "Remove")
        expect(chat.dialog).to_contain_text("The analysis of “b” is removed from this chat")
        chat.dialog.get_by_role("button", name=button, exact=True).click()
        expect(chat.dialog).to_have_count(0)
        expect(chat.page.get_by_text("Posts by weekday and hour")).to_have_count(left)
        assert len(offline.kept(chat.session_id)) == left


def test_comparing(analysed: ChatTab) -> None:
    analysed.click("compare")
    for text in ("@a (Bluesky)", "@a (X)", "@b", "Busiest day", "1,234", "ChatGPT (2)"):
        expect(analysed.dialog).to_contain_text(text)
    expect(analysed.dialog.locator("svg.marks")).to_contain_text("Sun")
    expect(analysed.dialog.get_by_text("undefined")).to_have_count(0)
    expect(analysed.dialog).not_to_contain_text("Average views")


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


def test_odd_results_and_odd_handles(tab: OpenTab, offline: Lab) -> None:
    """Of an older shape, or damaged: what is there is drawn."""
    place = offline.chat()
    offline.keep(place, *ODD)
    chat = tab(place.session_id)
    expect(chat.keys("profile-actions-")).to_have_count(4)
    expect(chat.key("profiles")).to_contain_text("Languages: b (2)")
    expect(chat.key("profiles").get_by_test_id("stAlert")).to_have_count(3)
    chat.send("What can you do?")
    expect(chat.answers.last).to_contain_text("parley-offline")
    chat.ended()
    chat.click("compare")
    expect(chat.dialog).to_contain_text("Z (0)")


def test_many_and_large_ones_are_on_pages(offline: Lab, tab: OpenTab) -> None:
    place = offline.chat()
    posts = [
        {"id": str(n), "text": "x" * 280, "created_at": "2024", "likes": n} for n in range(900)
    ]
    offline.keep(place, *(result(f"n{number}", posts=posts) for number in range(12)))
    chat = tab(place.session_id)
    expect(chat.keys("profile-actions-")).to_have_count(5)
    expect(chat.key("profile-n11")).to_be_visible()
    chat.keys("profiles-page-").get_by_text("3", exact=True).click()
    expect(chat.keys("profile-actions-")).to_have_count(2)
    expect(chat.key("profile-n0")).to_be_visible()
    chat.click("compare")
    expect(chat.dialog).to_contain_text("These are the 8 that were analyzed last.")


def test_a_chat_that_is_deleted_elsewhere(analysed: ChatTab, tab: OpenTab, offline: Lab) -> None:
    other = tab()
    other.act_on(analysed.session_id, "Delete")
    other.click("confirm-delete")
    expect(other.dialog).to_have_count(0)
    analysed.choose(analysed.key("profile-actions-b"), "Fetch again")
    expect(analysed.key("profiles")).to_have_count(0)
    expect(analysed.page.get_by_text("This chat is not here").first).to_be_visible()


@pytest.mark.parametrize("context_options", [PHONE])
def test_on_a_dark_phone(offline: Lab, tab: OpenTab) -> None:
    place = offline.chat()
    offline.keep(place, result(LONG, source="mastodon", name="Long " * 30), result("b"))
    chat = tab(place.session_id)
    panel, answer = chat.key("profiles"), chat.answers.last
    expect(panel).to_contain_text(LONG)
    expect(panel.get_by_role("link", name=LONG)).to_have_count(0)
    assert end(answer)["bottom"] <= end(panel)["top"]
    fits(chat)
    chat.send("What can you do?")
    expect(chat.answers.last).to_contain_text("parley-offline")
    chat.ended()
    chat.click("compare")
    expect(chat.dialog.locator("svg.marks")).to_be_visible()
    fits(chat)
