"""Accounts: set up, log in, register, change and reset passwords, tokens."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta

import pytest

from chat.config import Settings
from chat.errors import Forbidden, InvalidInput, TooMany
from chat.people import hashing
from chat.people.accounts import Accounts
from chat.people.hashing import hashed
from chat.people.setting_up import announce_setup
from chat.people.throttle import FREE
from store import sessions, tokens, users
from store.database import Database
from store.errors import Conflict
from store.session_values import NewSession
from store.types import utc_now
from store.users import LOCAL_USER
from store.values import SessionKey, User
from tests.logins import login_of
from tests.store.samples import Free

GOOD, OTHER, HOME = "correct horse", "battery staple", "127.0.0.1"


class Clock:
    def __init__(self) -> None:
        self.now = utc_now()

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def database(sqlite_url: str) -> Iterator[Database]:
    database = Database(sqlite_url)
    database.open()
    with database.transaction() as db:
        users.ensure_local(db)
    yield database
    database.close()


Make = Callable[..., Accounts]


@pytest.fixture
def make(settings: Settings, database: Database, clock: Clock) -> Make:
    def made(**changes: object) -> Accounts:
        changed = settings.model_copy(update=changes)
        return Accounts(changed, database, now=clock, rounds=4)

    return made


@pytest.fixture
def accounts(make: Make) -> Accounts:
    return make(registration="invite")


@pytest.fixture
def admin(accounts: Accounts) -> User:
    return accounts.set_up(
        code=accounts.new_setup_code(), username="Root", password=GOOD, address=HOME, hand_over=True
    )


def fits(accounts: Accounts, password: str, username: str = "root", address: str = HOME) -> bool:
    given = {"username": username, "password": password, "address": address}
    return accounts.check_password(**given) is not None


def test_setting_up_once(
    accounts: Accounts, database: Database, caplog: pytest.LogCaptureFixture
) -> None:
    assert accounts.needs_setup()
    announce_setup(accounts)
    assert "Setup code: " in caplog.text
    caplog.clear()
    with database.transaction() as db:
        made, _ = sessions.create(
            db, SessionKey.new(LOCAL_USER), NewSession(title="Before"), may=Free()
        )
    old, code = accounts.new_setup_code(), accounts.new_setup_code()
    given = {"username": "Root", "password": GOOD, "address": HOME, "hand_over": True}
    for wrong in (old, "", "guess"):
        with pytest.raises(Forbidden, match="wrong, used or expired"):
            accounts.set_up(code=wrong, **given)
    assert accounts.needs_setup()
    admin = accounts.set_up(code=f" {code} ", **given)
    assert admin.role == "admin"
    assert not accounts.needs_setup()
    with database.reading() as db:
        assert sessions.get(db, SessionKey(admin.id, made.session_id)).title == "Before"
    with pytest.raises(Forbidden):
        accounts.set_up(code=code, **given)
    with pytest.raises(Forbidden, match="set up already"):
        accounts.set_up(code=accounts.new_setup_code(), **given)
    announce_setup(accounts)
    assert "Setup code" not in caplog.text


def test_a_setup_that_fails_leaves_the_code(accounts: Accounts) -> None:
    code = accounts.new_setup_code()
    for username, password in (("", GOOD), ("Root", "short")):
        with pytest.raises(Exception, match="too"):
            accounts.set_up(
                code=code, username=username, password=password, address=HOME, hand_over=False
            )
    assert accounts.set_up(code=code, username="Root", password=GOOD, address=HOME, hand_over=False)


def test_passwords(accounts: Accounts, admin: User) -> None:
    assert fits(accounts, GOOD)
    assert fits(accounts, GOOD, "ROOT")
    for number, wrong in enumerate((OTHER, "", GOOD + "x", "x" * 500, "\0", "\ud800")):
        assert not fits(accounts, wrong, address=f"10.0.0.{number}")
        accounts.throttle.forget("user root")
    assert not fits(accounts, GOOD, "nobody")
    assert not fits(accounts, GOOD, LOCAL_USER)


@pytest.mark.parametrize("password", ["", "1234567", "x" * 73, "é" * 37, "a\0bcdefghijk"])
def test_passwords_that_will_not_do(accounts: Accounts, password: str) -> None:
    with pytest.raises(InvalidInput, match="password is too"):
        hashing.check_new_password(password)


def test_guessing_is_slowed_down_by_user_and_by_address(accounts: Accounts, admin: User) -> None:
    for number in range(FREE):
        assert not fits(accounts, "wrong", address=f"10.0.0.{number}")
    with pytest.raises(TooMany):
        fits(accounts, GOOD)
    for number in range(FREE):
        assert not fits(accounts, "wrong", f"somebody {number}", address="10.9.9.9")
    with pytest.raises(TooMany):
        fits(accounts, "wrong", "yet another", address="10.9.9.9")
    for number in range(FREE):
        assert not fits(accounts, "wrong", f"guest {number}", address=f"2001:db8::{number}")
    with pytest.raises(TooMany):
        fits(accounts, "wrong", "and another", address="2001:db8::1:2:3:4")
    assert not fits(accounts, "wrong", "and another", address="2001:db8:0:1::1")


def test_the_disabled_stay_out(accounts: Accounts, admin: User, database: Database) -> None:
    with database.transaction() as db:
        other = users.create(db, username="kim", password_hash=hashing.password_hash(GOOD, 4))
        users.set_disabled(db, user_id=other.id, disabled=True)
    assert not fits(accounts, GOOD, "kim")


def test_registration_follows_the_setting(make: Make, accounts: Accounts, admin: User) -> None:
    given = {"username": "kim", "password": GOOD, "address": HOME}
    for closed in (make(), accounts):
        with pytest.raises(Forbidden, match="closed"):
            closed.register(**given)
    code = accounts.new_invitation(login_of(admin), role="admin")
    with pytest.raises(Forbidden, match="closed"):
        make().register(**given, code=code)
    with pytest.raises(Conflict):
        accounts.register(**given | {"username": "ROOT"}, code=code)
    assert accounts.register(**given, code=code).role == "admin"
    with pytest.raises(Forbidden, match="wrong, used"):
        accounts.register(**given | {"username": "lee"}, code=code)
    assert make(registration="open").register(**given | {"username": "lee"}).role == "user"


def test_invitations_expire(accounts: Accounts, admin: User, clock: Clock) -> None:
    code = accounts.new_invitation(login_of(admin))
    clock.now += timedelta(days=8)
    with pytest.raises(Forbidden, match="expired"):
        accounts.register(username="kim", password=GOOD, address=HOME, code=code)


def test_guessing_codes_is_slowed_down(accounts: Accounts) -> None:
    for _ in range(FREE):
        with pytest.raises(Forbidden):
            accounts.reset_password(code="guess", password=GOOD, address=HOME)
    with pytest.raises(TooMany):
        accounts.reset_password(code="guess", password=GOOD, address=HOME)


def test_changing_a_password(accounts: Accounts, admin: User, database: Database) -> None:
    with pytest.raises(InvalidInput, match="current password"):
        accounts.change_password(user_id=admin.id, old=OTHER, new=OTHER, address=HOME)
    accounts.change_password(user_id=admin.id, old=GOOD, new=OTHER, address=HOME)
    assert fits(accounts, OTHER)
    assert not fits(accounts, GOOD)
    with database.reading() as db:
        assert users.get(db, user_id=admin.id).tokens_valid_after


def test_resetting_a_password(accounts: Accounts, admin: User) -> None:
    root = login_of(admin)
    old, code = (accounts.new_reset_code(root, user_id=admin.id) for _ in range(2))
    with pytest.raises(Forbidden):
        accounts.reset_password(code=old, password=OTHER, address=HOME)
    assert accounts.reset_password(code=code, password=OTHER, address=HOME).id == admin.id
    assert fits(accounts, OTHER)
    with pytest.raises(Forbidden):
        accounts.reset_password(code=code, password=GOOD, address=HOME)


def test_a_token_is_shown_once_and_kept_as_a_hash(
    accounts: Accounts, admin: User, database: Database, clock: Clock
) -> None:
    made = accounts.new_token(login_of(admin), name="laptop", days=1)
    assert made.token.startswith("parley_")
    assert made.kept.expires_at == clock.now + timedelta(days=1)
    with database.reading() as db:
        assert tokens.owner_of(db, token_hash=hashed(made.token), now=clock.now)
        assert tokens.owner_of(db, token_hash=made.token, now=clock.now) is None
    assert accounts.new_token(login_of(admin), name="server").kept.expires_at is None


def test_the_log_has_no_secrets(
    accounts: Accounts,
    admin: User,
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(logging.getLogger("parley"), "propagate", True)
    with caplog.at_level(logging.INFO, "parley"):
        fits(accounts, "a wrong password")
        code = accounts.new_invitation(login_of(admin))
        accounts.register(username="kim", password=GOOD, address=HOME, code=code)
    assert "login refused" in caplog.text
    for secret in ("a wrong password", GOOD, code, "kim", "$2b$"):
        assert secret not in caplog.text
