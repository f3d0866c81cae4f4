"""Logging in and out: who sees what, from which browser, and for how long."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from playwright.sync_api import BrowserContext, expect

from chat.people.browsers import BROWSER_COOKIE
from chat.people.throttle import FREE
from tests.browser.chat_tab import gated, words
from tests.browser.house import COOKIE, Complaints, House
from tests.scripted_model import ScriptedModel
from tests.waiting import until

WRONG = "The username or the password is wrong."


def refused(house: House) -> int:
    """How many logins were."""
    return house.server.log.count("login refused")


@pytest.fixture
def console_errors() -> list[str]:
    return Complaints()


def test_a_login_lasts(house: House, context: BrowserContext, other: BrowserContext) -> None:
    house.add("carol", "Kept")
    tab = house.visit(context)
    tab.log_in("carol")
    tab.sees("Kept")
    kept = until(lambda: {one["name"]: one for one in context.cookies()}.get(COOKIE))
    assert kept["sameSite"] == "Strict"
    assert kept["expires"] > datetime.now(UTC).timestamp() + 29 * 86400
    tab.page.reload()
    tab.sees("Kept")
    tab.page.wait_for_load_state("networkidle")  # what it still loads would be an error
    house.server.restart()
    tab.page.reload()
    tab.sees("Kept")
    second = house.visit(other)
    second.log_in("carol")
    second.sees("Kept")


def test_a_browser_that_logged_in_is_not_closed_by_others(
    house: House, context: BrowserContext, other: BrowserContext
) -> None:
    house.add("lena", "Of Lena")
    hers, guesser = house.visit(context), house.visit(other)
    hers.log_in("lena")
    hers.sees("Of Lena")
    known = until(lambda: {one["name"]: one for one in context.cookies()}.get(BROWSER_COOKIE))
    assert known["httpOnly"]
    hers.log_out()
    before = refused(house)
    for attempt in range(FREE):
        guesser.log_in("lena", f"wrong number {attempt}")
        until(lambda count=before + attempt + 1: refused(house) == count)  # type: ignore[misc]
    guesser.log_in("lena", "wrong once more")
    expect(guesser.errors).to_contain_text("Too many attempts.")
    hers.log_in("lena")
    hers.sees("Of Lena")
    house.server.restart()  # who comes after this from the same address has not guessed


def test_logging_out_ends_all_tabs_but_no_answer(
    house: House, context: BrowserContext, model: ScriptedModel
) -> None:
    house.add("gina", "Older")
    script, gates = gated(5, 5)
    model.queue(script)
    tab = house.login(context, "gina")
    table = house.visit(context)
    table.sidebar.get_by_role("link", name="Manage sessions").click()
    expect(table.page.get_by_role("heading", name="Manage sessions")).to_be_visible()
    chat = house.visit(context)
    chat.sees("Older")
    tab.send("Go on without me")
    expect(tab.answers.last).to_contain_text("w4")
    session = tab.session_id
    beside = house.visit(context, f"?session={session}")
    expect(beside.answers.last).to_contain_text("w4")
    tab.click("logout")
    for one in (tab, beside, chat, table):
        one.sees_only_the_login()
        assert "Older" not in one.page.content()
    assert session not in tab.page.url
    assert COOKIE not in {cookie["name"] for cookie in context.cookies()}
    gates[0].opened.set()
    tab.log_in("gina")
    tab.sees("Go on without me", "Older")
    tab.row(session).click()
    tab.reads(words(10))
    tab.ended()


def test_a_disabled_user_is_out_at_once(house: House, context: BrowserContext) -> None:
    user = house.add("jack", "Of Jack")
    tab = house.login(context, "jack")
    tab.sees("Of Jack")
    with_dialog = house.visit(context)
    with_dialog.sees("Of Jack")
    with_dialog.click("new-chat-options")
    expect(with_dialog.dialog).to_be_visible()
    house.disable(user)
    tab.sees_only_the_login()
    with_dialog.sees_only_the_login()
    tab.log_in("jack")
    expect(tab.errors).to_contain_text(WRONG)
    house.disable(user, disabled=False)
    tab.log_in("jack")
    tab.sees("Of Jack")
