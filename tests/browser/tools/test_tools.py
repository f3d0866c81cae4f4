"""What a model does with tools, as people see it: live, afterwards, when it fails, and no harm."""

from __future__ import annotations

import json
import re
from urllib.request import Request, urlopen

import pytest
from playwright.sync_api import Locator, expect

from tests.browser.analysts import CARD_A, CARD_B, QUESTION, HousedLab
from tests.browser.chat_tab import ChatTab
from tests.browser.conftest import OpenTab
from tests.ifixit_server import BATTERY
from tests.model_script import Call, Gate, Script, Text, calls
from tests.scripted_model import ScriptedModel
from tests.social_server import post

READ = {
    "products": [{"name": "ChatGPT", "category": "AI tools", "post_ids": ["a-1", "a-2"]}],
    "style": "Short and dry.",
    "drivers": "Questions.",
}
HOSTILE = (
    "![x](http://203.0.113.7/pixel.png) <img src='http://203.0.113.7/2.png' onerror='x()'>"
    " <b>bold</b> :red[no] $x$ [link](javascript:alert(1)) `code`"
)
CHART = {"query_id": "", "kind": "bar", "x": "handle", "y": "posts"}
DRAWS = (
    calls(Call("query_table", '{"sql": "SELECT handle, posts FROM profiles ORDER BY handle"}')),
    calls(Call("draw_chart", json.dumps(CHART))),
)
SEARCH = Call("search_repair_guides", '{"query": "battery"}')


@pytest.fixture
def support(house: HousedLab, tab: OpenTab) -> ChatTab:
    """A chat with Technical Support."""
    return tab(house.chat(persona="support").session_id)


def both(model: ScriptedModel, *ends: Gate | Text) -> None:
    """The model analyzes @a and @b at once, reads the posts of both, and answers."""
    handles = [
        Call("analyze_profile", f'{{"handle": "{one}"}}', one, n) for n, one in enumerate("ab")
    ]
    model.queue(calls(*handles), *[Script([Text(json.dumps(READ))])] * 2, Script(ends))


def step(chat: ChatTab, label: str | re.Pattern[str], state: str) -> Locator:
    """A tool's line under the answer that is being written."""
    lines = chat.keys("live-").get_by_test_id("stExpander")
    return lines.filter(has_text=label).filter(has_text=f"— {state}")


def unfolded(answer: Locator, label: str) -> Locator:
    """The calls of an answer, after a click on the line that folds them."""
    answer.get_by_text(label).click()
    listed = answer.get_by_role("list")
    expect(listed).to_be_visible()
    return listed


def test_two_accounts_in_one_message(
    chat: ChatTab, tab: OpenTab, model: ScriptedModel, house: HousedLab
) -> None:
    gate = Gate()
    both(model, gate, Text("Ann does: **6** to 0."))
    house.social.gate.clear()
    chat.send(QUESTION)
    for handle in "ab":
        expect(step(chat, re.compile(f"Analyzing @?{handle}…"), "running")).to_be_visible()
    expect(chat.page.get_by_text(re.compile(r"Fetching @.* from Bluesky…"))).to_be_visible()
    expect(chat.key("profiles")).to_have_count(0)
    chat.composer.fill("My draft")
    house.social.gate.set()
    expect(chat.key(CARD_A)).to_contain_text("Ann A · Bluesky · 42 followers · 6 posts")
    expect(chat.key(CARD_B)).to_contain_text("Bob B")
    expect(chat.composer).to_have_value("My draft")
    for handle in "ab":
        expect(step(chat, "Analyze profile", "complete").nth("ab".index(handle))).to_be_visible()
    gate.opened.set()
    expect(chat.answers.last).to_contain_text("Ann does: 6 to 0.")
    chat.ended()
    expect(chat.key(CARD_A)).to_contain_text("ChatGPT AI tools, 2 posts")
    expect(chat.key(CARD_A)).to_contain_text("Short and dry.")

    asked = house.social.requests.copy()
    model.queue(Script([Text("Still Ann.")]))
    chat.send("And who posts more?")
    expect(chat.answers.last).to_contain_text("Still Ann.")
    chat.ended()
    assert house.social.requests == asked
    told = json.dumps(model.requests[-1].body["messages"])
    for known in ("@a.bsky.social", "@b.bsky.social", "ChatGPT"):
        assert known in told
    other = tab()
    other.ask("Hello")
    expect(other.key("profiles")).to_have_count(0)
    assert "bsky.social" not in json.dumps(model.requests[-1].body["messages"])


def test_all_of_it_outlives_a_restart_and_goes_with_the_chat(
    tab: OpenTab, model: ScriptedModel, house: HousedLab
) -> None:
    this = house.chat(persona="analyst").session_id
    url = f"{house.server.url}/api/users/default/sessions/{this}"
    both(model, Text("Ann does."))
    model.queue(*DRAWS, Script([Text("There it is.")]))
    for question in (QUESTION, "Draw it."):
        body = json.dumps({"content": question}).encode()
        with urlopen(Request(f"{url}/messages", body, {"Content-Type": "application/json"})):
            pass
    house.server.restart()
    chat = tab(this)
    expect(chat.key(CARD_A)).to_contain_text("Ann A · Bluesky · 42 followers · 6 posts")
    expect(chat.key(CARD_B)).to_contain_text("Bob B · Bluesky · 42 followers · 3 posts")
    expect(chat.answers.nth(-2)).to_contain_text("Ann does.")
    expect(chat.answers.last.get_by_test_id("stDataFrame")).to_be_visible()
    expect(chat.answers.last.get_by_test_id("stVegaLiteChart")).to_be_visible()
    expect(unfolded(chat.answers.nth(-2), "Used 2 tools")).to_contain_text('{"handle": "a"}')
    assert sorted(house.kept(this)) == ["a.bsky.social", "b.bsky.social"]
    with urlopen(Request(f"{url}?permanent=true", method="DELETE")) as answer:
        assert answer.status == 200
    assert house.kept(this) == []
    chat.open(this)
    expect(chat.page.get_by_text("This chat is not here")).to_be_visible()
    expect(chat.key("profiles")).to_have_count(0)


def test_a_guide_is_looked_for_and_can_be_read_back(
    support: ChatTab, model: ScriptedModel, house: HousedLab
) -> None:
    gate = Gate()
    link = f"[{BATTERY['title']}]({BATTERY['url']})"
    model.queue(calls(SEARCH), Script([gate, Text(f"See {link}.")]))
    house.ifixit.gate.clear()
    support.send("How do I replace a phone battery?")
    expect(step(support, "Searching repair guides…", "running")).to_be_visible()
    house.ifixit.gate.set()
    expect(step(support, "Search repair guides: ", "complete")).to_be_visible()
    gate.opened.set()
    found = support.answers.last.get_by_role("link", name=BATTERY["title"])
    expect(found).to_have_attribute("href", BATTERY["url"])
    support.ended()
    expect(support.keys("live-")).to_have_count(0)
    listed = unfolded(support.answers.last, "Used 1 tool")
    expect(listed).to_contain_text(re.compile(r'Search repair guides \(\d+\.\d s\) {"query": "bat'))
    support.act(support.answers.last, "Details")
    support.dialog.get_by_text(re.compile(r"^Search repair guides \(\d")).click()
    shown = support.dialog.get_by_test_id("stCode").filter(visible=True)
    expect(shown.first).to_have_text('{"query": "battery"}')
    expect(shown.last).to_contain_text("iPhone 13 Battery Replacement")


def test_what_comes_from_outside_is_only_text(
    chat: ChatTab, support: ChatTab, model: ScriptedModel, house: HousedLab
) -> None:
    """That nothing was loaded from another host is checked at the end of each test."""
    house.social.add("a", posts=[post(HOSTILE, likes=5)] * 2, name=HOSTILE, description=HOSTILE)
    house.social.add("b", posts=[post(HOSTILE)], name="Bob B")
    hostile = READ | {"style": HOSTILE, "drivers": HOSTILE}
    hostile["products"] = [{"name": HOSTILE, "category": HOSTILE, "post_ids": ["a-1"]}]
    handles = [
        Call("analyze_profile", f'{{"handle": "{one}"}}', one, n) for n, one in enumerate("ab")
    ]
    model.queue(
        calls(*handles), *[Script([Text(json.dumps(hostile))])] * 2, Script([Text(HOSTILE)])
    )
    chat.send(f"Analyze @a and @b {HOSTILE}")
    card = chat.key(CARD_A)
    expect(card).to_contain_text("![x](http")
    chat.ended()
    card.get_by_text("Top posts").click()
    expect(card.get_by_text("<b>bold</b>").last).to_be_visible()
    unfolded(chat.answers.last, "Used 2 tools")
    chat.click("compare")
    expect(chat.dialog).to_contain_text("Products by category")
    plainly(chat)
    chat.page.close()

    house.ifixit.guides = [BATTERY | {"title": f"Battery {HOSTILE}", "summary": HOSTILE}]
    model.queue(calls(SEARCH), Script([Text("See there.")]))
    support.send("Battery?")
    expect(support.answers.last).to_contain_text("See there.")
    support.ended()
    unfolded(support.answers.last, "Used 1 tool")
    support.act(support.answers.last, "Details")
    support.dialog.get_by_text(re.compile(r"^Search repair guides \(\d")).click()
    shown = support.dialog.get_by_test_id("stCode").filter(visible=True)
    expect(shown.last).to_contain_text("Battery")
    plainly(support)


def plainly(chat: ChatTab) -> None:
    """No picture but our own icons, no bold HTML, no script behind a link."""
    assert chat.page.locator("img:not([src^='data:'])").count() == 0
    assert chat.page.locator("b, [href^='javascript']").count() == 0
