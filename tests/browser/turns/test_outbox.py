"""What was sent is stored, once and where it was meant: through the API, and through the page."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Route, expect

from store import sessions
from store.database import Database
from store.users import LOCAL_USER
from store.values import SessionKey
from tests.browser.chat_tab import ChatTab
from tests.browser.conftest import OpenTab
from tests.processes import Server
from tests.scripted_model import ScriptedModel
from tests.store.samples import seed, titles_of

SCRIPTED = "This is a scripted answer."
BACK_MS = 60_000
NO_API = {"status": 404, "content_type": "text/html", "body": "<h1>Nothing here</h1>"}
Ways = Callable[..., ChatTab]


@pytest.fixture(params=["api", "script"])
def opened(request: pytest.FixtureRequest, tab: OpenTab) -> Ways:
    """A tab that reaches the API, and one behind a host that passes only Streamlit's addresses."""

    def chat(session_id: str = "") -> ChatTab:
        chat = tab(session_id)
        if request.param == "script":
            hide_api(chat)
        return chat

    return chat


def hide_api(chat: ChatTab) -> None:
    chat.page.route("**/api/**", lambda route: route.fulfill(**NO_API))


def test_a_message_and_a_new_chat(opened: Ways, database: Database) -> None:
    chat = opened()
    chat.ask("First")
    chat.ask("Second")
    expect(chat.questions).to_have_count(2)
    expect(chat.flying).to_have_count(0)
    chat.click("new-chat")
    expect(chat.messages).to_have_count(0)
    chat.ask("Third")
    expect(chat.titles()).to_have_text(["Third", "First"])
    assert titles_of(database, LOCAL_USER) == ["Third", "First"]


def test_new_chat_and_enter_at_once(opened: Ways, database: Database) -> None:
    chat = opened()
    chat.ask("Before")
    for number in range(5):
        chat.click("new-chat")
        chat.composer.fill(f"Alone {number} [[tokens=1]]")
        chat.composer.press("Enter")
    alone = [f"Alone {number} [[tokens=1]]" for number in reversed(range(5))]
    expect(chat.titles()).to_have_count(6)
    chat.ended()
    expect(chat.questions).to_have_count(1)
    assert sorted(chat.titles().all_inner_texts()) == sorted([*alone, "Before"])
    with database.reading() as db:  # the list follows their answers, whichever ends last
        made = sorted(sessions.recent(db, user_id=LOCAL_USER), key=lambda one: one.created_at)
    assert [one.title for one in reversed(made)] == [*alone, "Before"]


def test_a_click_on_another_chat_and_enter_at_once(opened: Ways, database: Database) -> None:
    one, two = seed(database, "One", "Two")
    chat = opened(one)
    chat.reads("Answer to One")
    for number in range(3):
        for session_id, name in ((two, "to two"), (one, "to one")):
            chat.row(session_id).click()
            chat.composer.fill(f"{name} {number} [[tokens=1]]")
            chat.composer.press("Enter")
    expect(chat.flying).to_have_count(0)
    expect(chat.questions.last).to_contain_text("to one 2")
    for session_id, name in ((two, "to two"), (one, "to one")):
        chat.row(session_id).click()
        expect(chat.questions.filter(has_text=name)).to_have_count(3)
        expect(chat.questions).to_have_count(4)


def test_what_is_refused_comes_back_with_the_reason(opened: Ways, database: Database) -> None:
    gone, _ = seed(database, "Gone", "Kept")
    chat = opened(gone)
    chat.reads("Answer to Gone")
    with database.transaction() as db:
        sessions.trash(db, SessionKey(LOCAL_USER, gone))
    chat.composer.fill("Nowhere to go")
    chat.composer.press("Enter")
    expect(chat.composer).to_have_value("Nowhere to go")
    expect(chat.refusal).to_contain_text("no such chat")
    expect(chat.flying).to_have_count(0)
    chat.composer.press("Enter")  # it goes to a new chat, also before one is drawn
    expect(chat.titles()).to_have_text(["Nowhere to go", "Kept"])
    expect(chat.questions).to_have_text([re.compile("Nowhere to go")], timeout=BACK_MS)
    expect(chat.refusal).to_have_text("")


@pytest.fixture
def fragile_server(model: ScriptedModel, shared_server: Server) -> Server:
    """The shared one: who stops it starts it again."""
    return shared_server


def test_offline_for_a_while(opened: Ways, fragile_server: Server, database: Database) -> None:
    one, two = seed(database, "One", "Two")
    chat = opened(one)
    chat.reads("Answer to One")
    fragile_server.kill()
    try:
        chat.send("First")
        expect(chat.flying).to_contain_text("First")
        expect(chat.flying).to_contain_text("Not sent yet", timeout=BACK_MS)
        chat.row(two).click()
        expect(chat.flying).to_have_count(0)
        chat.send("Second")
        chat.row(one).click()
        chat.send("Third")
        expect(chat.flying).to_have_text([re.compile("First"), re.compile("Third")])
    finally:
        fragile_server.start()
    chat.open(one)
    for session_id, sent in ((one, ["First", "Third"]), (two, ["Second"])):
        chat.row(session_id).click()
        expected = [re.compile(text) for text in ("About", *sent)]
        expect(chat.questions).to_have_text(expected, timeout=BACK_MS)
        chat.ended()
    expect(chat.flying).to_have_count(0)


def test_a_tab_that_stays_open_over_a_restart_sends_what_waits(
    opened: Ways, fragile_server: Server, database: Database
) -> None:
    chat = opened()
    chat.ask("Before")
    # The code of a menu comes when one is drawn.
    expect(chat.answers.get_by_role("button", name="Message actions")).to_be_visible()
    fragile_server.kill()
    try:
        chat.send("While it is away")
        chat.click("new-chat")
        chat.send("And a new chat")
        expect(chat.flying).to_contain_text("Not sent yet", timeout=BACK_MS)
    finally:
        fragile_server.start()
    expect(chat.questions).to_have_text([re.compile("And a new chat")], timeout=BACK_MS)
    expect(chat.titles()).to_have_count(2)
    # Whichever was answered last comes first.
    assert sorted(chat.titles().all_inner_texts()) == ["And a new chat", "Before"]
    chat.titles().filter(has_text="Before").click()
    expect(chat.questions).to_have_text([re.compile("Before"), re.compile("While it is away")])


def test_the_tab_is_closed_right_after_enter(opened: Ways, tab: OpenTab) -> None:
    chat = opened()
    chat.send("Do not lose me")
    chat.page.close()
    again = tab()
    expect(again.titles()).to_have_text(["Do not lose me"])
    expect(again.flying).to_have_count(0)
    again.titles().first.click()
    expect(again.questions).to_have_count(1)
    again.reads(SCRIPTED)


def test_an_answer_that_is_not_the_api_s_is_no_answer(chat: ChatTab) -> None:
    """A proxy that answers for a server that is away takes nothing out of the outbox."""
    answers = iter([{"status": 502, "body": "Bad gateway"}, {"status": 200, "body": "<p>Soon"}])

    def instead(route: Route) -> None:
        found = next(answers, None)
        route.continue_() if found is None else route.fulfill(**found)

    chat.page.route("**/messages", instead)
    chat.send("Do not lose me")
    chat.reads(SCRIPTED)
    expect(chat.questions).to_have_count(1)
    expect(chat.flying).to_have_count(0)


def test_the_server_stores_it_but_its_word_is_lost(chat: ChatTab, model: ScriptedModel) -> None:
    cut = iter([True])

    def lost(route: Route) -> None:
        if next(cut, None):
            route.fetch()
            route.abort("connectionreset")
        else:
            route.continue_()

    chat.page.route("**/messages", lost)
    chat.send("Once")
    expect(chat.flying).to_have_count(0)
    chat.ended()
    expect(chat.questions).to_have_count(1)
    assert len(model.requests) == 1


def test_two_tabs_one_outbox(tab: OpenTab, database: Database) -> None:
    chat, other = tab(), tab()
    chat.page.route("**/messages", lambda route: route.abort("connectionreset"))
    chat.send("From a tab without a connection")
    expect(chat.flying).to_contain_text("Not sent yet")
    chat.page.close()
    other.page.reload()
    expect(other.titles()).to_have_text(["From a tab without a connection"])
