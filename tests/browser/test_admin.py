"""The admin page: who there is, inviting, roles, keeping out, and removing."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, Locator, expect

from store import users
from store.values import User
from tests.browser.conftest import USUAL
from tests.browser.house import PASSWORD, Complaints, House, Visitor, opened_house
from tests.scripted_model import ScriptedModel

SOON_MS = 4_000


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory, shared_model: ScriptedModel) -> Iterator[House]:
    with opened_house(tmp_path_factory.mktemp("admin"), shared_model) as house:
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


@pytest.fixture
def admin(house: House, context: BrowserContext) -> Visitor:
    """The administrator on that page."""
    tab = house.login(context, "root", "admin")
    expect(tab.page.get_by_role("heading", name="Admin", exact=True)).to_be_visible()
    return tab


def row(admin: Visitor, user: User) -> Locator:
    return admin.key(f"person-{user.id}")


def act(admin: Visitor, user: User, option: str) -> None:
    admin.choose(admin.key(f"person-actions-{user.id}"), option)


def link(admin: Visitor) -> str:
    admin.dialog.get_by_role("button", name="Create link").click()
    found = admin.dialog.locator("code").inner_text().strip()
    assert found.startswith(f"{admin.url}/?")
    admin.dialog.get_by_role("button", name="Close").click()
    expect(admin.dialog).to_have_count(0)
    assert found not in admin.page.content()
    return found.removeprefix(f"{admin.url}/")


def test_who_there_is(house: House, admin: Visitor) -> None:
    ann, bob = house.add("ann"), house.add("bob")
    admin.page.reload()
    expect(row(admin, ann)).to_contain_text("user · never seen")
    menu = row(admin, ann).get_by_role("button", name="Actions for ann", exact=True)
    expect(menu).to_be_visible()
    admin.page.get_by_label("Filter").fill("BO")
    expect(row(admin, ann)).to_have_count(0)
    expect(row(admin, bob)).to_be_visible()
    admin.page.get_by_label("Filter").fill("nobody like that")
    expect(admin.page.get_by_text("Nobody has this in their name.")).to_be_visible()
    status = admin.page.get_by_role("main")
    for text in ("password", "invite", "scripted-1", "0 in this process", "parley.db"):
        expect(status).to_contain_text(text)


def test_an_invitation(house: House, admin: Visitor, other: BrowserContext) -> None:
    admin.press("Invite")
    path = link(admin)
    guest = house.visit(other, path)
    expect(guest.page.get_by_label("Invitation code")).to_have_value(path.partition("=")[2])
    guest.fill("Username", "root")
    guest.fill("Password", PASSWORD)
    guest.press("Register")
    expect(guest.errors).to_contain_text("The username is taken.")
    guest.fill("Username", "carol")
    guest.press("Register")
    expect(guest.sidebar).to_contain_text("Signed in as carol")
    expect(guest.composer).to_be_editable()
    expect(guest.sidebar.get_by_role("link", name="Admin")).to_have_count(0)
    assert "invite" not in guest.page.url
    guest.log_out()
    guest.go(path)
    guest.fill("Username", "dora")
    guest.fill("Password", PASSWORD)
    guest.press("Register")
    expect(guest.errors).to_contain_text("The code is wrong, used or expired.")


def test_a_reset_link(house: House, admin: Visitor, other: BrowserContext) -> None:
    user = house.add("eve", "Of Eve")
    admin.page.reload()
    act(admin, user, "Reset link")
    path = link(admin)
    tab = house.visit(other, path)
    tab.fill("New password", "another horse")
    tab.press("Set password")
    tab.sees("Of Eve")
    tab.log_out()
    tab.log_in("eve", "another horse")
    tab.sees("Of Eve")


def test_roles(house: House, admin: Visitor, other: BrowserContext) -> None:
    user = house.add("finn")
    theirs = house.login(other, "finn")
    theirs.go("admin")
    expect(theirs.errors).to_contain_text("There is no such page.")
    expect(theirs.page.get_by_text("Status", exact=True)).to_have_count(0)
    admin.page.reload()
    act(admin, user, "Make administrator")
    admin.press("Make administrator")
    expect(admin.errors).to_contain_text("finn is an administrator now.")
    expect(row(admin, user)).to_contain_text("administrator · seen")
    theirs.page.reload()
    expect(theirs.page.get_by_role("heading", name="Status")).to_be_visible()
    act(admin, user, "Make user")
    admin.press("Make user")
    expect(admin.errors).to_contain_text("finn is a user now.")
    act(theirs, user, "Disable")
    expect(theirs.dialog).to_contain_text("There is no such page.")


def test_the_last_administrator(house: House, admin: Visitor) -> None:
    with house.database.reading() as db:
        root = users.by_username(db, username="root")
    assert root
    for option, button in (("Make user", "Make user"), ("Disable", "Disable")):
        act(admin, root, option)
        admin.press(button)
        expect(admin.dialog).to_contain_text("This is the only administrator.")
        admin.dialog.get_by_role("button", name="Close").click()
        expect(admin.dialog).to_have_count(0)
    expect(row(admin, root)).to_contain_text("administrator, you")


def test_keeping_somebody_out(house: House, admin: Visitor, other: BrowserContext) -> None:
    user = house.add("gina", "Of Gina")
    theirs = house.login(other, "gina")
    theirs.sees("Of Gina")
    admin.page.reload()
    act(admin, user, "Disable")
    admin.press("Disable")
    expect(row(admin, user)).to_contain_text("disabled")
    theirs.sees_only_the_login(within_ms=SOON_MS)
    act(admin, user, "Enable")
    expect(admin.errors).to_contain_text("They can log in again.")
    expect(row(admin, user)).not_to_contain_text("disabled")
    theirs.log_in("gina")
    theirs.sees("Of Gina")


def test_removing_somebody(house: House, admin: Visitor, other: BrowserContext) -> None:
    user = house.add("hugo", "Of Hugo")
    theirs = house.login(other, "hugo")
    theirs.send("Tell me something [[tokens=2000 delay=0.02]]")
    expect(theirs.key("stop")).to_be_visible()
    admin.page.reload()
    act(admin, user, "Remove")
    admin.dialog.get_by_label("Type hugo to confirm").fill("hugo")
    admin.press("Remove")
    expect(admin.errors).to_contain_text("hugo is removed.")
    expect(row(admin, user)).to_have_count(0)
    theirs.sees_only_the_login(within_ms=SOON_MS)
    assert house.titles(user) == []


def test_many_people(house: House, context: BrowserContext) -> None:
    with house.database.transaction() as db:
        for number in range(40):
            users.create(db, username=f"many {number:02}")
    tab = house.login(context, "root", "admin")
    tab.page.get_by_label("Filter").fill("many")
    people = tab.page.get_by_role("button", name="Actions for many")
    expect(people).to_have_count(30)
    tab.click("more-people")
    expect(people).to_have_count(40)
