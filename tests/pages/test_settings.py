"""The settings page: profile, password, API tokens, logins, one's data, and leaving."""

from __future__ import annotations

import re

import pytest

from chat.config import Settings
from chat.people.hashing import hashed
from chat.runtime import Runtime
from store import cleanup, tokens, users
from store.types import utc_now
from tests.pages.conftest import OpenScriptTab
from tests.pages.reading import written
from tests.store.samples import PASSWORD, add_user, titles_of


@pytest.fixture(scope="module")
def settings(walled: Settings) -> Settings:
    return walled


@pytest.fixture(autouse=True)
def _root(parts: Runtime) -> None:
    add_user(parts.database, "root", role="admin")


def test_the_profile(parts: Runtime, tab: OpenScriptTab) -> None:
    user = add_user(parts.database, "ann")
    page = tab(username="ann", page="settings")
    page.fill("Display name", "Ann :red[B]")
    page.fill("Email", "not an address")
    page.press("Save")
    assert "This is not an email address." in page.errors
    page.fill("Email", "ann@example.com")
    page.press("Save")
    assert "Your profile is saved." in page.errors
    assert "Signed in as Ann :red[B]" in page.sidebar
    with parts.database.reading() as db:
        assert users.get(db, user_id=user.id).email == "ann@example.com"


def test_without_the_api_it_says_what_does_not_work(parts: Runtime, tab: OpenScriptTab) -> None:
    add_user(parts.database, "bob")
    page = tab(username="bob", page="settings")
    assert "What does not work here" not in page.text
    page.asks_for("without")
    assert "API tokens" in written(page.key("without-api"))


def test_api_tokens(parts: Runtime, tab: OpenScriptTab) -> None:
    user = add_user(parts.database, "carol")
    page = tab(username="carol", page="settings")
    assert "There are none yet." in written(page.key("api-tokens"))
    page.click("new-token")
    page.press("Create token")
    assert "The token's name is empty or too long." in page.asks
    page.fill("Name", "My *script*")
    page.press("Create token")
    assert "it is shown only this once" in page.asks
    assert page.dialog
    token = page.dialog.code[0].value
    with parts.database.transaction() as db:
        found = tokens.owner_of(db, token_hash=hashed(token), now=utc_now())
        assert found
        assert found[0].id == user.id
        assert found[1].expires_at
        tokens.used(db, user_id=user.id, token_id=found[1].id, now=utc_now())
    page.run()
    row = written(page.key(f"token-{found[1].id}"))
    assert "My *script*" in row
    assert re.search(r"last used just now, expires on \d{4}-\d\d-\d\d", row)
    assert token not in page.text
    page.press("Revoke My *script*")
    page.press("Revoke")
    assert "“My *script*” is revoked." in page.errors
    assert "There are none yet." in written(page.key("api-tokens"))
    with parts.database.reading() as db:
        assert tokens.owner_of(db, token_hash=hashed(token), now=utc_now()) is None


def test_log_out_everywhere(parts: Runtime, tab: OpenScriptTab) -> None:
    add_user(parts.database, "dora", "Of Dora")
    elsewhere = tab(username="dora")
    assert elsewhere.titles() == ["Of Dora"]
    page = tab(username="dora", page="settings")
    page.press("Log out everywhere")
    page.sees_only_the_login()
    elsewhere.sees_only_the_login_soon()
    page.log_in("dora")
    assert page.titles() == ["Of Dora"]


def test_logging_out_leaves_no_temporary_chat(parts: Runtime, tab: OpenScriptTab) -> None:
    add_user(parts.database, "fay", "Lasting")
    chat = tab(username="fay")
    chat.fill("Temporary chat", True)
    chat.send("A secret")
    chat.ended()
    assert "Keep this chat" in chat.buttons()
    chat.click("logout")
    with parts.database.reading() as db:
        assert cleanup.count_sessions(db) == 1


def test_a_wrong_password_changes_nothing(parts: Runtime, tab: OpenScriptTab) -> None:
    add_user(parts.database, "bob")
    page = tab(username="bob", page="settings")
    page.fill("Current password", "wrong password")
    page.fill("New password", " with spaces ")
    page.press("Change password")
    assert "The current password is wrong." in page.errors
    page.click("logout")
    page.log_in("bob", PASSWORD)
    assert "Signed in as bob" in page.sidebar


def test_a_name_that_is_not_typed_right_removes_nothing(parts: Runtime, tab: OpenScriptTab) -> None:
    user = add_user(parts.database, "eve", "First", "Second")
    page = tab(username="eve", page="settings")
    page.press("Delete my account")
    page.fill("Type eve to confirm", "ev")
    page.press("Delete account")
    assert "Nothing was deleted" in page.asks
    assert titles_of(parts.database, user.id) == ["Second", "First"]
    page.fill("Type eve to confirm", "Eve")
    page.press("Delete account")
    page.sees_only_the_login()
    assert titles_of(parts.database, user.id) == []


def test_the_last_administrator_stays(tab: OpenScriptTab) -> None:
    page = tab(username="root", page="settings")
    page.press("Delete my account")
    page.fill("Type root to confirm", "root")
    page.press("Delete account")
    assert "This is the only administrator." in page.asks
