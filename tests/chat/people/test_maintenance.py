"""While it is read only: who is known comes in and leaves, unstamped, and nobody new begins."""

from __future__ import annotations

import pytest

from chat.config import Settings
from chat.people.accounts import Accounts
from chat.people.identity import LOGIN_COOKIE, Identities
from chat.people.setting_up import announce_setup
from store import users
from store.database import Database
from store.errors import ReadOnly
from store.maintenance import Maintenance
from store.values import User
from tests.chat.clock import NOON, Clock
from tests.chat.people.test_oidc import SUBJECT, claims

GOOD = "correct horse battery"
NAMED = {"username": "boss", "password": GOOD, "address": "127.0.0.1"}


@pytest.fixture
def clock() -> Clock:
    return Clock()


def begin(database: Database) -> None:
    database.maintenance = Maintenance(NOON, "Back at 9.")


def seen(database: Database, user_id: str) -> object:
    with database.reading() as db:
        return users.get(db, user_id=user_id).last_seen_at


def test_administrators_log_in_and_out_with_a_password(
    database: Database, database_url: str, clock: Clock
) -> None:
    settings = Settings(database_url=database_url, auth="password", registration="open")
    accounts = Accounts(settings, database, now=clock, rounds=4)
    code = accounts.new_setup_code()
    boss = accounts.set_up(code=code, **NAMED, hand_over=False)
    begin(database)
    identities = Identities(settings, database, now=clock)
    clock.later(hours=1)
    assert accounts.check_password(**NAMED) == boss
    cookies = {LOGIN_COOKIE: identities.login_cookie(boss)[0]}
    found = identities.by_cookies(cookies)
    assert found
    assert found.is_admin
    assert seen(database, boss.id) is None
    with pytest.raises(ReadOnly, match=r"Back at 9\."):
        accounts.register(username="eve", password=GOOD, address="127.0.0.1")
    identities.log_out(found)
    assert identities.by_cookies(cookies) is None


def test_administrators_log_in_by_their_provider_and_nobody_new_does(
    database: Database, database_url: str, clock: Clock
) -> None:
    settings = Settings(database_url=database_url, auth="oidc", registration="open")
    with database.transaction() as db:
        boss: User = users.create(db, username="boss", subject=SUBJECT, role="admin", now=NOON)
    begin(database)
    identities = Identities(settings, database, now=clock)
    found = identities.by_subject(SUBJECT, claims())
    assert found
    assert (found.user_id, found.is_admin) == (boss.id, True)
    with pytest.raises(ReadOnly):
        identities.by_subject("https://login.example.org 18", claims())


def test_a_start_without_anybody_says_why_there_is_no_setup_code(
    database: Database, database_url: str, caplog: pytest.LogCaptureFixture
) -> None:
    begin(database)
    announce_setup(Accounts(Settings(database_url=database_url, auth="password"), database))
    assert "No setup code: it is read only." in caplog.text
