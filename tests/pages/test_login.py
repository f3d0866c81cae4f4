"""The login form, and that each tab belongs to one person."""

from __future__ import annotations

import re

import pytest

from chat.config import Settings
from chat.runtime import Runtime
from store import users
from tests.pages.conftest import OpenScriptTab
from tests.store.samples import PASSWORD, add_user, titles_of, write_chat

WRONG = "The username or the password is wrong."


@pytest.fixture(scope="module")
def settings(scripted_walled: Settings) -> Settings:
    return scripted_walled


def test_nobody_learns_who_there_is(
    parts: Runtime, tab: OpenScriptTab, caplog: pytest.LogCaptureFixture
) -> None:
    add_user(parts.database, "bob")
    door = tab()
    door.log_in("bob", "wrong password")
    assert WRONG in door.errors
    door.log_in("nobody at all", "wrong password")
    assert door.field("Username").value == "nobody at all"
    assert door.errors.count(WRONG) == 1
    door.log_in("BOB ")
    assert "Signed in as bob" in door.sidebar
    assert door.app.part("composer")
    assert "login refused" in caplog.text
    assert "wrong password" not in caplog.text
    assert PASSWORD not in caplog.text


def test_the_address_is_kept_over_the_login(parts: Runtime, tab: OpenScriptTab) -> None:
    user = add_user(parts.database, "dora")
    door = tab(write_chat(parts.database, user.id, "Deep"))
    door.log_in("dora")
    door.reads("Answer to Deep")


def test_two_people_at_once(parts: Runtime, tab: OpenScriptTab) -> None:
    eve = add_user(parts.database, "eve", "Of Eve")
    add_user(parts.database, "finn", "Of Finn")
    assert tab(username="eve").titles() == ["Of Eve"]
    his = tab(write_chat(parts.database, eve.id, "Another of Eve"), username="finn")
    assert "This chat is not here" in his.errors
    assert his.titles() == ["Of Finn"]
    his.ask("Mine")
    assert his.titles() == ["Mine", "Of Finn"]
    assert sorted(titles_of(parts.database, eve.id)) == ["Another of Eve", "Of Eve"]


def test_a_click_of_a_disabled_user_does_nothing(parts: Runtime, tab: OpenScriptTab) -> None:
    user = add_user(parts.database, "kim", "Of Kim")
    add_user(parts.database, "root", role="admin")
    hers = tab(username="kim")
    assert hers.titles() == ["Of Kim"]
    with parts.database.transaction() as db:
        users.set_disabled(db, user_id=user.id, disabled=True)
    hers.send("Too late")
    hers.later()
    hers.run()
    hers.sees_only_the_login()
    assert titles_of(parts.database, user.id) == ["Of Kim"]


def test_a_forgotten_password(parts: Runtime, tab: OpenScriptTab) -> None:
    add_user(parts.database, "ann")
    door = tab()
    door.press("Forgot password?")
    assert "Ask an administrator for a reset link" in door.errors
    door.press("Back to login")
    door.sees_only_the_login()


def test_guessing_is_slowed_down(parts: Runtime, tab: OpenScriptTab) -> None:
    add_user(parts.database, "lena")
    door = tab()
    for attempt in range(12):
        door.log_in("lena", f"wrong number {attempt}")
        if "Too many attempts." in door.errors:
            break
    assert re.search(r"Too many attempts\. Try again in \d+ s\.", door.errors)
