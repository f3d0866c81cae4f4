"""The settings page: profile, password, API tokens, logins, one's data, and leaving."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, expect

from chat.people.identity import hashed
from store import tokens, users
from store.types import utc_now
from store.values import User
from tests.browser.conftest import USUAL, OpenTab
from tests.browser.house import PASSWORD, Complaints, House, Visitor, opened_house
from tests.scripted_model import ScriptedModel

SOON_MS = 4_000


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory, shared_model: ScriptedModel) -> Iterator[House]:
    with opened_house(tmp_path_factory.mktemp("settings"), shared_model) as house:
        house.add("root", role="admin")
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


def settings_of(house: House, context: BrowserContext, username: str) -> Visitor:
    return house.login(context, username, "settings")


def stored(house: House, user: User) -> User:
    with house.database.reading() as db:
        return users.get(db, user_id=user.id)


def test_the_profile(house: House, context: BrowserContext) -> None:
    user = house.add("ann")
    tab = settings_of(house, context, "ann")
    tab.fill("Display name", "Ann :red[B]")
    tab.fill("Email", "not an address")
    tab.press("Save")
    expect(tab.errors).to_contain_text("This is not an email address.")
    tab.fill("Email", "ann@example.com")
    tab.press("Save")
    expect(tab.errors).to_contain_text("Your profile is saved.")
    expect(tab.sidebar).to_contain_text("Signed in as Ann :red[B]")
    assert stored(house, user).email == "ann@example.com"


def test_another_password(house: House, context: BrowserContext, other: BrowserContext) -> None:
    house.add("bob", "Of Bob")
    elsewhere = house.login(other, "bob")
    elsewhere.sees("Of Bob")
    tab = settings_of(house, context, "bob")
    tab.fill("Current password", "wrong password")
    tab.fill("New password", " with spaces ")
    tab.press("Change password")
    expect(tab.errors).to_contain_text("The current password is wrong.")
    tab.fill("Current password", PASSWORD)
    tab.fill("New password", " with spaces ")
    tab.press("Change password")
    expect(tab.errors).to_contain_text("Your password is changed")
    elsewhere.sees_only_the_login(within_ms=SOON_MS)
    tab.page.reload()
    tab.sees("Of Bob")
    elsewhere.log_in("bob", " with spaces ")
    elsewhere.sees("Of Bob")


def test_api_tokens(house: House, context: BrowserContext) -> None:
    user = house.add("carol")
    tab = settings_of(house, context, "carol")
    expect(tab.key("api-tokens")).to_contain_text("There are none yet.")
    tab.click("new-token")
    tab.press("Create token")
    expect(tab.dialog).to_contain_text("The token's name is empty or too long.")
    tab.dialog.get_by_label("Name").fill("My *script*")
    tab.press("Create token")
    expect(tab.dialog).to_contain_text("it is shown only this once")
    token = tab.dialog.locator("code").inner_text().strip()
    with house.database.transaction() as db:
        found = tokens.owner_of(db, token_hash=hashed(token), now=utc_now())
        assert found
        assert found[0].id == user.id
        assert found[1].expires_at
        tokens.used(db, user_id=user.id, token_id=found[1].id, now=utc_now())
    tab.dialog.get_by_role("button", name="Close").click()
    row = tab.key(f"token-{found[1].id}")
    expect(row).to_contain_text("My *script*")
    expect(row).to_contain_text(re.compile(r"last used just now, expires on \d{4}-\d\d-\d\d"))
    assert token not in tab.page.content()
    tab.press("Revoke My *script*")
    tab.press("Revoke")
    expect(tab.errors).to_contain_text("“My *script*” is revoked.")
    expect(tab.key("api-tokens")).to_contain_text("There are none yet.")
    with house.database.reading() as db:
        assert tokens.owner_of(db, token_hash=hashed(token), now=utc_now()) is None


def test_log_out_everywhere(house: House, context: BrowserContext, other: BrowserContext) -> None:
    house.add("dora", "Of Dora")
    elsewhere = house.login(other, "dora")
    elsewhere.sees("Of Dora")
    tab = settings_of(house, context, "dora")
    tab.press("Log out everywhere")
    tab.sees_only_the_login()
    elsewhere.sees_only_the_login(within_ms=SOON_MS)
    tab.log_in("dora")
    tab.sees("Of Dora")


def test_leaving(house: House, context: BrowserContext) -> None:
    user = house.add("eve", "First", "Second")
    tab = settings_of(house, context, "eve")
    tab.press("Delete my account")
    with tab.page.expect_download() as download:
        tab.dialog.get_by_role("button", name="Download my data").click()
    data = json.loads(download.value.path().read_text(encoding="utf-8"))
    assert data["user"]["username"] == "eve"
    assert [session["title"] for session in data["sessions"]] == ["First", "Second"]
    assert data["sessions"][0]["messages"][1]["content"] == "Answer to First"
    assert "password" not in json.dumps(data)
    tab.dialog.get_by_label("Type eve to confirm").fill("ev")
    tab.press("Delete account")
    expect(tab.dialog).to_contain_text("Nothing was deleted")
    tab.dialog.get_by_label("Type eve to confirm").fill("Eve")
    tab.press("Delete account")
    tab.sees_only_the_login()
    tab.log_in("eve")
    expect(tab.errors).to_contain_text("The username or the password is wrong.")
    assert house.titles(user) == []


def test_the_last_administrator_stays(house: House, context: BrowserContext) -> None:
    tab = settings_of(house, context, "root")
    tab.press("Delete my account")
    tab.dialog.get_by_label("Type root to confirm").fill("root")
    tab.press("Delete account")
    expect(tab.dialog).to_contain_text("This is the only administrator.")


def test_without_login(tab: OpenTab) -> None:
    chat = tab()
    expect(chat.sidebar).to_contain_text("Local user")
    expect(chat.key("logout")).to_have_count(0)
    expect(chat.sidebar.get_by_role("link", name="Admin")).to_have_count(0)
    chat.sidebar.get_by_role("link", name="Settings").click()
    name = chat.page.get_by_label("Display name")
    name.fill("Zoe")
    chat.page.get_by_role("button", name="Save").click()
    expect(chat.sidebar).to_contain_text("Zoe")
    name.fill("Local user")
    chat.page.get_by_role("button", name="Save").click()
    expect(chat.sidebar).to_contain_text("Local user")
    expect(chat.key("api-tokens")).to_be_visible()
    for absent in ("Change password", "Log out everywhere", "Delete my account"):
        expect(chat.page.get_by_role("button", name=absent)).to_have_count(0)
