"""The admin page: who there is, inviting, roles, keeping out, and removing."""

from __future__ import annotations

from datetime import timedelta

import pytest

from chat.config import Settings
from chat.limits.payers import GUESTS
from chat.runtime import Runtime
from store import budgets, codes, tokens, users
from store.budgets import Used
from store.types import utc_now
from store.values import User
from tests.logins import login_of
from tests.pages.conftest import OpenScriptTab
from tests.pages.reading import written
from tests.pages.script_tab import ScriptTab
from tests.store.samples import PASSWORD, add_user

LATER = utc_now() + timedelta(days=1)
HERE = "http://127.0.0.1:1/parley"


@pytest.fixture(scope="module")
def settings(scripted_walled: Settings) -> Settings:
    return scripted_walled.model_copy(update={"registration": "invite"})


@pytest.fixture
def root(parts: Runtime) -> User:
    return add_user(parts.database, "root", role="admin")


@pytest.fixture
def admin(root: User, tab: OpenScriptTab) -> ScriptTab:
    """The administrator on that page."""
    made = tab(username="root", page="admin")
    assert "Admin" in made.text.splitlines()
    made.app.context["url"] = f"{HERE}/admin"
    return made


def row(admin: ScriptTab, user: User) -> str:
    return written(admin.key(f"person-{user.id}"))


def act(admin: ScriptTab, user: User, option: str) -> None:
    admin.choose(f"person-actions-{user.id}", option)


def code_of_link(admin: ScriptTab, parameter: str) -> str:
    admin.press("Create link")
    assert admin.dialog
    [link] = admin.dialog.code
    address, _, code = link.value.partition(f"?{parameter}=")
    assert address == f"{HERE}/"
    admin.run()
    assert admin.dialog is None
    assert code not in admin.text
    return str(code)


def test_who_there_is(admin: ScriptTab, parts: Runtime) -> None:
    ann, bob = add_user(parts.database, "ann"), add_user(parts.database, "bob")
    admin.run()
    assert "user · never seen" in row(admin, ann)
    assert admin.called(f"person-actions-{ann.id}") == "Actions for ann"
    admin.fill("Filter", "BO")
    assert not admin.has(f"person-{ann.id}")
    assert "bob" in row(admin, bob)
    admin.fill("Filter", "nobody like that")
    assert "Nobody has this in their name." in admin.text
    for text in ("password", "invite", "scripted-1", "0 in this process", "parley.db"):
        assert text in written(admin.app.main)


def test_an_invitation(admin: ScriptTab, tab: OpenScriptTab) -> None:
    admin.press("Invite")
    code = code_of_link(admin, "invite")
    guest = tab(invite=code)
    assert guest.field("Invitation code").value == code
    guest.fill("Username", "root")
    guest.fill("Password", PASSWORD)
    guest.press("Register")
    assert "The username is taken." in guest.errors
    guest.fill("Username", "carol")
    guest.press("Register")
    assert "Signed in as carol" in guest.sidebar
    assert guest.app.part("composer")
    assert "Admin" not in guest.links()
    assert "invite" not in guest.app.query_params
    guest.click("logout")
    late = tab(invite=code)
    late.fill("Username", "dora")
    late.fill("Password", PASSWORD)
    late.press("Register")
    assert "The code is wrong, used or expired." in late.errors


def test_a_reset_link(admin: ScriptTab, tab: OpenScriptTab, parts: Runtime) -> None:
    user = add_user(parts.database, "eve", "Of Eve")
    admin.run()
    act(admin, user, "Reset link")
    forgetful = tab(reset=code_of_link(admin, "reset"))
    forgetful.fill("New password", "another horse")
    forgetful.press("Set password")
    assert forgetful.titles() == ["Of Eve"]
    forgetful.click("logout")
    forgetful.log_in("eve", "another horse")
    assert forgetful.titles() == ["Of Eve"]


def test_roles(admin: ScriptTab, tab: OpenScriptTab, parts: Runtime) -> None:
    user = add_user(parts.database, "finn")
    theirs = tab(username="finn", page="admin")
    assert "There is no such page." in theirs.errors
    assert "What runs" not in theirs.text.splitlines()
    admin.run()
    act(admin, user, "Make administrator")
    admin.press("Make administrator")
    assert "finn is an administrator now." in admin.errors
    assert "administrator · seen" in row(admin, user)
    theirs.reload()
    theirs.go("admin")
    assert "What runs" in theirs.text.splitlines()
    act(admin, user, "Make user")
    admin.press("Make user")
    assert "finn is a user now." in admin.errors
    theirs.later()
    act(theirs, user, "Disable")
    assert "There is no such page." in theirs.asks


def test_the_last_administrator(admin: ScriptTab, root: User) -> None:
    for option in ("Make user", "Disable"):
        act(admin, root, option)
        admin.press(option)
        assert "This is the only administrator." in admin.asks
        admin.run()
        assert admin.dialog is None
    assert "administrator, you" in row(admin, root)


def test_keeping_somebody_out(admin: ScriptTab, tab: OpenScriptTab, parts: Runtime) -> None:
    user = add_user(parts.database, "gina", "Of Gina")
    theirs = tab(username="gina")
    assert theirs.titles() == ["Of Gina"]
    admin.run()
    act(admin, user, "Disable")
    admin.press("Disable")
    assert "disabled" in row(admin, user)
    theirs.sees_only_the_login_soon()
    act(admin, user, "Enable")
    assert "They can log in again." in admin.errors
    assert "disabled" not in row(admin, user)
    theirs.log_in("gina")
    assert theirs.titles() == ["Of Gina"]


def test_many_people(parts: Runtime, root: User, tab: OpenScriptTab) -> None:
    with parts.database.transaction() as db:
        for number in range(40):
            users.create(db, username=f"many {number:02}")
    people = tab(username="root", page="admin")
    people.fill("Filter", "many")
    assert len(people.keys("person-actions-")) == 30
    people.click("more-people")
    assert len(people.keys("person-actions-")) == 40


def test_everybodys_tokens(admin: ScriptTab, parts: Runtime) -> None:
    user = add_user(parts.database, "ann")
    assert "There are none." in written(admin.key("all-tokens"))
    made = parts.accounts.new_token(login_of(user), name="My *script*", days=7)
    admin.run()
    assert "My *script* of **ann**" in written(admin.key(f"token-{made.kept.id}"))
    assert "never used, expires on" in written(admin.key(f"token-{made.kept.id}"))
    admin.press("Revoke My *script* of ann")
    admin.press("Revoke")
    assert "“My *script*” of ann is revoked." in admin.errors
    assert "There are none." in written(admin.key("all-tokens"))
    assert parts.identities.by_token(made.token) is None


def test_links_that_wait(admin: ScriptTab, tab: OpenScriptTab, parts: Runtime, root: User) -> None:
    user = add_user(parts.database, "eve")
    assert "None waits to be used." in written(admin.key("all-codes"))
    code = parts.accounts.new_invitation(login_of(root), role="admin")
    parts.accounts.new_reset_code(login_of(root), user_id=user.id)
    parts.accounts.new_setup_code()
    admin.run()
    assert len(admin.keys("revoke-code-")) == 2
    shown = written(admin.key("all-codes"))
    for text in ("Invitation as administrator", "Reset link of eve", "made by root, works until"):
        assert text in shown
    assert code not in admin.text
    admin.press("Revoke Invitation as administrator")
    admin.press("Revoke")
    assert "The link is revoked." in admin.errors
    assert len(admin.keys("revoke-code-")) == 1
    late = tab(invite=code)
    late.fill("Username", "mallory")
    late.fill("Password", PASSWORD)
    late.press("Register")
    assert "The code is wrong, used or expired." in late.errors


def test_a_demoted_administrators_links_are_gone(
    admin: ScriptTab, parts: Runtime, root: User
) -> None:
    boss = add_user(parts.database, "boss", role="admin")
    parts.accounts.new_invitation(login_of(boss), role="admin")
    admin.run()
    assert len(admin.keys("revoke-code-")) == 1
    act(admin, boss, "Make user")
    admin.press("Make user")
    assert "None waits to be used." in written(admin.key("all-codes"))


def test_who_is_no_administrator_any_more_revokes_nothing(
    admin: ScriptTab, parts: Runtime, root: User
) -> None:
    user, boss = add_user(parts.database, "ann"), add_user(parts.database, "boss", role="admin")
    made = parts.accounts.new_token(login_of(user), name="x")
    admin.run()
    admin.press("Revoke x of ann")
    parts.members.set_role(login_of(boss), root.id, "user")
    admin.later()
    admin.press("Revoke")
    assert parts.identities.by_token(made.token)


def test_many_tokens(parts: Runtime, root: User, tab: OpenScriptTab) -> None:
    with parts.database.transaction() as db:
        for number in range(40):
            tokens.create(db, user_id=root.id, name=f"{number}", token_hash=f"{number}")
            codes.create(db, kind=codes.INVITE, code_hash=f"{number}", expires_at=LATER)
    page = tab(username="root", page="admin")
    assert (len(page.keys("revoke-code-")), len(page.keys("token-"))) == (30, 30)
    page.click("more-access")
    assert (len(page.keys("revoke-code-")), len(page.keys("token-"))) == (40, 40)


def test_budgets_that_are_used(admin: ScriptTab, parts: Runtime) -> None:
    assert not admin.has("budgets")
    with parts.database.transaction() as db:  # another process, for guests, on this database
        used = Used(messages=12, tokens=3_400, cost=20_000)
        budgets.add(db, [GUESTS.key], used, now=utc_now())
    admin.run()
    shown = written(admin.key("budgets"))
    assert "All guests, the last hour" in shown
    assert "12 of 600 messages" in shown
    assert "3,400 tokens" in shown
    assert "$0.02" in shown
    assert "All users" not in shown
