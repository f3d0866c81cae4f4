"""What an account goes through, in two browsers: another password, removed, and leaving."""

from __future__ import annotations

import json

import pytest
from playwright.sync_api import BrowserContext, expect

from tests.browser.house import PASSWORD, Complaints, House


@pytest.fixture
def console_errors() -> list[str]:
    return Complaints()


def test_removing_somebody(house: House, context: BrowserContext, other: BrowserContext) -> None:
    user = house.add("hank", "Of Hank")
    theirs = house.login(other, "hank")
    theirs.send("Tell me something [[tokens=2000 delay=0.02]]")
    expect(theirs.key("stop")).to_be_visible()
    admin = house.login(context, "root", "admin")
    admin.choose(admin.key(f"person-actions-{user.id}"), "Remove")
    admin.dialog.get_by_label("Type hank to confirm").fill("hank")
    admin.press("Remove")
    expect(admin.errors).to_contain_text("hank is removed.")
    expect(admin.key(f"person-{user.id}")).to_have_count(0)
    theirs.sees_only_the_login()
    assert house.titles(user) == []


def test_another_password(house: House, context: BrowserContext, other: BrowserContext) -> None:
    house.add("bob", "Of Bob")
    elsewhere = house.login(other, "bob")
    elsewhere.sees("Of Bob")
    tab = house.login(context, "bob", "settings")
    tab.fill("Current password", "wrong password")
    tab.fill("New password", " with spaces ")
    tab.press("Change password")
    expect(tab.errors).to_contain_text("The current password is wrong.")
    tab.fill("Current password", PASSWORD)
    tab.fill("New password", " with spaces ")
    tab.press("Change password")
    expect(tab.errors).to_contain_text("Your password is changed")
    elsewhere.sees_only_the_login()
    tab.page.reload()
    tab.sees("Of Bob")
    elsewhere.log_in("bob", " with spaces ")
    elsewhere.sees("Of Bob")


def test_leaving(house: House, context: BrowserContext) -> None:
    user = house.add("eve", "First", "Second")
    tab = house.login(context, "eve", "settings")
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
