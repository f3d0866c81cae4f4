"""Setting up, logging in and out: who sees what, from which browser, and for how long."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import jwt
import pytest
from playwright.sync_api import Browser, BrowserContext, expect

from store.users import LOCAL_USER
from tests.browser.chat_tab import gated, words
from tests.browser.conftest import USUAL
from tests.browser.house import COOKIE, PASSWORD, Complaints, House, opened_house
from tests.scripted_model import ScriptedModel
from tests.waiting import until

SOON_MS = 4_000
WRONG = "The username or the password is wrong."


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory, shared_model: ScriptedModel) -> Iterator[House]:
    with opened_house(tmp_path_factory.mktemp("login"), shared_model) as house:
        yield house


@pytest.fixture
def console_errors() -> list[str]:
    return Complaints()


@pytest.fixture(scope="module")
def elsewhere(browser: Browser) -> Iterator[BrowserContext]:
    """Another browser."""
    context = browser.new_context(**USUAL)
    context.set_default_timeout(10_000)
    yield context
    context.close()


@pytest.fixture
def other(elsewhere: BrowserContext) -> Iterator[BrowserContext]:
    """Another browser in which nobody is logged in."""
    yield elsewhere
    for page in elsewhere.pages:
        page.close()
    elsewhere.clear_cookies()


@pytest.mark.parametrize("path", ["admin", "settings", "manage"])
def test_the_first_visit_of_a_fresh_process(
    house: House, context: BrowserContext, path: str
) -> None:
    house.server.restart()
    house.visit(context, path).sees_only_the_login("Setup code")


def test_setting_up(house: House, context: BrowserContext) -> None:
    house.write(LOCAL_USER, "From before")
    earlier, code = re.findall(r"Setup code: (\S+)", house.server.log)[-2:]
    tab = house.visit(context)
    tab.fill("Setup code", earlier)
    tab.fill("Username", " Ann ")
    tab.fill("Password", "short")
    tab.press("Set up")
    expect(tab.errors).to_contain_text("The password is too short.")
    tab.fill("Password", PASSWORD)
    tab.press("Set up")
    expect(tab.errors).to_contain_text("The code is wrong, used or expired.")
    tab.fill("Setup code", code)
    tab.press("Set up")
    tab.sees("From before")
    expect(tab.sidebar).to_contain_text("Signed in as ann")
    expect(tab.composer).to_be_editable()
    expect(tab.page.get_by_label("Setup code")).to_have_count(0)
    tab.log_out()
    house.server.restart()
    assert house.server.log.count("Setup code") == len(re.findall("starting", house.server.log)) - 1


def test_nobody_learns_who_there_is(house: House, context: BrowserContext) -> None:
    house.add("bob")
    tab = house.visit(context)
    tab.log_in("bob", "wrong password")
    expect(tab.errors).to_contain_text(WRONG)
    tab.log_in("nobody at all", "wrong password")
    expect(tab.page.get_by_label("Username")).to_have_value("nobody at all")
    expect(tab.errors).to_have_count(1)
    expect(tab.errors).to_contain_text(WRONG)
    tab.log_in("BOB ")
    expect(tab.composer).to_be_editable()
    expect(tab.sidebar).to_contain_text("Signed in as bob")
    assert "wrong password" not in house.server.log
    assert PASSWORD not in house.server.log


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
    house.server.restart()
    tab.page.reload()
    tab.sees("Kept")
    second = house.visit(other)
    second.log_in("carol")
    second.sees("Kept")


def test_the_address_is_kept_over_the_login(house: House, context: BrowserContext) -> None:
    user = house.add("dora")
    session = house.write(user.id, "Deep")
    tab = house.visit(context, f"?session={session}")
    tab.log_in("dora")
    tab.reads("Answer to Deep")


def test_two_people_at_once(house: House, context: BrowserContext, other: BrowserContext) -> None:
    eve, _ = house.add("eve", "Of Eve"), house.add("finn", "Of Finn")
    hers, his = house.login(context, "eve"), house.login(other, "finn")
    hers.sees("Of Eve")
    his.sees("Of Finn")
    his.go(f"?session={house.write(eve.id, 'Another of Eve')}")
    expect(his.errors).to_contain_text("This chat is not here")
    his.sees("Of Finn")
    his.ask("Mine")
    his.sees("Mine", "Of Finn")
    assert sorted(house.titles(eve)) == ["Another of Eve", "Of Eve"]


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
        one.sees_only_the_login(within_ms=SOON_MS)
        assert "Older" not in one.page.content()
    assert session not in tab.page.url
    assert COOKIE not in {cookie["name"] for cookie in context.cookies()}
    gates[0].opened.set()
    tab.log_in("gina")
    tab.sees("Go on without me", "Older")
    tab.row(session).click()
    tab.reads(words(10))
    tab.ended()


def test_the_next_person_finds_nothing_of_the_last(house: House, context: BrowserContext) -> None:
    house.add("hugo", "Secret of Hugo")
    house.add("ida", "Of Ida")
    tab = house.login(context, "hugo")
    tab.titles().first.click()
    tab.reads("Answer to Secret of Hugo")
    tab.key("search-chats").get_by_role("searchbox").fill("secret")
    tab.composer.fill("a secret draft")
    tab.log_out()
    tab.page.go_back()
    tab.sees_only_the_login()
    tab.log_in("ida")
    tab.sees("Of Ida")
    expect(tab.composer).to_have_value("")
    expect(tab.key("search-chats").get_by_role("searchbox")).to_have_value("")
    assert "secret" not in tab.page.content().casefold()


def test_a_disabled_user_is_out_at_once(house: House, context: BrowserContext) -> None:
    user = house.add("jack", "Of Jack")
    tab = house.login(context, "jack")
    tab.sees("Of Jack")
    with_dialog = house.visit(context)
    with_dialog.sees("Of Jack")
    with_dialog.click("new-chat-options")
    expect(with_dialog.dialog).to_be_visible()
    house.disable(user)
    tab.sees_only_the_login(within_ms=SOON_MS)
    with_dialog.sees_only_the_login(within_ms=SOON_MS)
    tab.log_in("jack")
    expect(tab.errors).to_contain_text(WRONG)
    house.disable(user, disabled=False)
    tab.log_in("jack")
    tab.sees("Of Jack")


def test_a_click_of_a_disabled_user_does_nothing(house: House, context: BrowserContext) -> None:
    user = house.add("kim", "Of Kim")
    tab = house.login(context, "kim")
    tab.sees("Of Kim")
    tab.composer.fill("Too late")
    house.disable(user)
    tab.composer.press("Enter")
    tab.sees_only_the_login()
    assert house.titles(user) == ["Of Kim"]


def forged(value: str) -> str:
    payload = jwt.decode(value, options={"verify_signature": False})
    return jwt.encode(payload | {"username": "ann"}, "another key of thirty-two letters")


@pytest.mark.parametrize("kind", ["forged", "unsigned", "expired", "empty", "of nobody"])
def test_a_cookie_that_is_none(house: House, context: BrowserContext, kind: str) -> None:
    good = house.cookie("ann")
    values = {
        "forged": forged(good),
        "unsigned": jwt.encode({"username": "ann"}, None, algorithm="none"),
        "expired": house.cookie("ann", issued=datetime.now(UTC) - timedelta(days=31)),
        "empty": "x",
        "of nobody": house.cookie("who was never there"),
    }
    context.add_cookies([{"name": COOKIE, "value": values[kind], "url": house.server.url}])
    house.visit(context).sees_only_the_login()


def test_a_forgotten_password(house: House, context: BrowserContext) -> None:
    tab = house.visit(context)
    tab.press("Forgot password?")
    expect(tab.errors).to_contain_text("Ask an administrator of this Parley for a reset link")
    tab.press("Back to login")
    expect(tab.page.get_by_label("Password", exact=True)).to_be_visible()


def test_guessing_is_slowed_down(house: House, context: BrowserContext) -> None:
    house.add("lena")
    tab = house.visit(context)
    for attempt in range(12):
        tab.log_in("lena", f"wrong number {attempt}")
        expect(tab.page.get_by_test_id("stStatusWidget")).to_have_count(0)
        expect(tab.errors).to_be_visible()
        if "Too many attempts." in tab.errors.inner_text():
            break
    expect(tab.errors).to_contain_text(re.compile(r"Too many attempts\. Try again in \d+ s\."))
