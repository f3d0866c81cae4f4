"""What those who guess cost: no look beyond what is free, no hash, and nobody else's login."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from itertools import count

import bcrypt
import jwt
import pytest

from chat.config import Settings
from chat.errors import Forbidden, InvalidInput, NotSignedIn, TooMany
from chat.people import hashing
from chat.people.accounts import Accounts
from chat.people.browsers import UNKNOWN, Browser
from chat.people.identity import LOGIN_COOKIE, Identities
from chat.people.throttle import FREE, KNOWN_FREE, Throttle
from store import users
from store.database import Database
from store.errors import Conflict
from store.values import User
from tests.chat.clock import Clock
from tests.logins import login_of

GOOD, WRONG, HOME = "correct horse", "battery staple", "127.0.0.1"


@pytest.fixture
def settings(database_url: str) -> Settings:
    return Settings(database_url=database_url, auth="password", registration="open")


@pytest.fixture
def seconds() -> Clock:
    return Clock()


@pytest.fixture
def accounts(settings: Settings, database: Database, seconds: Clock) -> Accounts:
    throttle = Throttle(clock=lambda: seconds().timestamp())
    return Accounts(settings, database, throttle=throttle, rounds=4)


@pytest.fixture
def root(accounts: Accounts) -> User:
    code = accounts.new_setup_code()
    return accounts.set_up(code=code, username="root", password=GOOD, address=HOME, hand_over=False)


@pytest.fixture
def hashes(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Which of bcrypt's two was called, each time."""
    called: list[str] = []
    for name in ("hashpw", "checkpw"):
        real = getattr(bcrypt, name)

        def noted(*given: bytes, real=real, name=name) -> object:
            called.append(name)
            return real(*given)

        monkeypatch.setattr(hashing.bcrypt, name, noted)
    return called


def log_in(
    accounts: Accounts,
    password: str,
    username: str = "root",
    address: str = HOME,
    browser: Browser = UNKNOWN,
) -> bool | None:
    """Whether it fits; None when it was not looked at."""
    try:
        found = accounts.check_password(
            username=username, password=password, address=address, browser=browser
        )
    except TooMany:
        return None
    return found is not None


@pytest.mark.usefixtures("root")
def test_of_twenty_at_once_only_the_free_ones_are_looked_at(
    accounts: Accounts, hashes: list[str]
) -> None:
    def guess(number: int) -> bool | None:
        return log_in(accounts, f"{WRONG} {number}", address=f"10.0.0.{number}")

    with ThreadPoolExecutor(20) as pool:
        found = list(pool.map(guess, range(20)))
    assert (found.count(False), found.count(None)) == (FREE, 20 - FREE)
    assert hashes == ["checkpw"] * FREE


@pytest.mark.usefixtures("root")
def test_refused_attempts_cost_no_hash(accounts: Accounts, hashes: list[str]) -> None:
    named = {"password": GOOD, "username": "kim"}
    tries: tuple[Callable[[str], object], ...] = (
        lambda home: accounts.set_up(**named, code="guess", address=home, hand_over=False),
        lambda home: accounts.register(**named, code="guess", address=home),
        lambda home: accounts.reset_password(password=GOOD, code="guess", address=home),
    )
    for number, attempt in enumerate(tries):
        for _ in range(FREE):
            with pytest.raises(Forbidden):
                attempt(f"10.0.1.{number}")
        for _ in range(15):
            with pytest.raises(TooMany):
                attempt(f"10.0.1.{number}")
    assert hashes == []
    for number in range(FREE + 15):
        with pytest.raises((Conflict, TooMany)):
            accounts.register(username="ROOT", password=f"{WRONG} {number}", address=HOME)
    code = accounts.new_setup_code()
    with pytest.raises(Forbidden, match="set up already"):
        accounts.set_up(**named, address="10.0.0.1", code=code, hand_over=False)
    assert hashes == []


def test_others_failures_do_not_close_a_known_browser(
    accounts: Accounts, root: User, seconds: Clock, settings: Settings, database: Database
) -> None:
    browsers = Identities(settings, database).browsers
    hers = browsers.by_cookie(browsers.cookie("", root.id))
    addresses = map("10.0.{}.1".format, count())
    for _ in range(110):
        while log_in(accounts, WRONG, address=next(addresses)) is None:
            seconds.later(seconds=300)
    assert log_in(accounts, GOOD, address=next(addresses)) is None
    assert log_in(accounts, GOOD, browser=hers)
    accounts.change_password(user_id=root.id, old=GOOD, new=WRONG, address=HOME, browser=hers)
    assert log_in(accounts, GOOD, browser=hers) is False


def test_a_guesser_at_the_same_address_closes_no_known_browser(
    accounts: Accounts, root: User
) -> None:
    for number in range(FREE):
        assert log_in(accounts, WRONG, f"somebody {number}") is False
    assert log_in(accounts, GOOD) is None
    assert log_in(accounts, GOOD, browser=Browser("b", (root.id,)))


def test_a_known_browser_is_slowed_down_by_itself(accounts: Accounts, root: User) -> None:
    hers = Browser("b", (root.id,))
    found = [log_in(accounts, WRONG, browser=hers) for _ in range(FREE + 5)]
    assert found == [False] * FREE + [None] * 5
    assert log_in(accounts, GOOD, browser=hers) is None
    assert log_in(accounts, GOOD)


def test_many_known_browsers_are_slowed_down_together(accounts: Accounts, root: User) -> None:
    """Whoever has a session may have any number of them."""
    browsers = [Browser(f"b{number}", (root.id,)) for number in range(50)]
    found = [log_in(accounts, WRONG, browser=one) for one in browsers for _ in range(FREE)]
    assert found.count(False) == KNOWN_FREE
    assert log_in(accounts, GOOD, browser=browsers[-1]) is None
    assert log_in(accounts, GOOD)


def test_a_browser_is_known_for_those_who_were_in_it(accounts: Accounts, root: User) -> None:
    """An account of one's own is no way to guess another's password."""
    eve = accounts.register(username="eve", password=GOOD, address=HOME)
    hers = Browser("b", (eve.id,))
    for _ in range(FREE):
        assert log_in(accounts, WRONG, browser=hers) is False
    assert log_in(accounts, GOOD, browser=hers) is None
    assert log_in(accounts, GOOD, "eve", browser=hers)
    assert log_in(accounts, GOOD, browser=hers) is None


@pytest.mark.usefixtures("root")
def test_an_account_of_ones_own_sets_no_address_free(accounts: Accounts) -> None:
    accounts.register(username="eve", password=GOOD, address=HOME)
    looked = 0
    for number in range(20):
        looked += log_in(accounts, WRONG, f"somebody {number}") is False
        log_in(accounts, GOOD, "eve")
    assert looked == FREE


def test_a_browsers_cookie(settings: Settings, database: Database, root: User) -> None:
    clock = Clock()
    made = Identities(settings, database, now=clock)
    first = made.browsers.cookie("", "ann")
    assert made.browsers.cookie(first, "ann") == ""
    both = made.browsers.cookie(first, "bob")
    assert made.browsers.by_cookie(both).people == ("ann", "bob")
    assert made.browsers.by_cookie(both).id == made.browsers.by_cookie(first).id
    many = both
    for number in range(100):
        many = made.browsers.cookie(many, f"user{number:028}")
    assert len(many) < 4096
    assert "user" + "99".zfill(28) in made.browsers.by_cookie(many).people
    guest = made.guest_cookie()
    login, _ = made.login_cookie(root)
    for forged in ("", "x", first[:-2], guest, login, "é", first + "x"):
        assert made.browsers.by_cookie(forged) == UNKNOWN
    clock.later(days=31)
    assert made.browsers.by_cookie(first).people == ("ann",)
    assert made.browsers.cookie(first, "ann")
    clock.later(days=400)
    assert made.browsers.by_cookie(first) == UNKNOWN
    assert made.by_cookies({"parley_login": both}) is None


def test_a_browsers_cookie_is_checked_once(
    settings: Settings, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    browsers, checked = Identities(settings, database).browsers, []
    before, real = browsers.cookie("", "ann"), jwt.decode
    monkeypatch.setattr(jwt, "decode", lambda *given: checked.append(given) or real(*given))
    assert browsers.cookie(before, "ann") == ""
    assert len(checked) == 1


def test_names_of_any_length_keep_nothing(accounts: Accounts) -> None:
    for number in range(FREE):
        log_in(accounts, WRONG, f"{number}{'x' * 5_000_000}", address=f"10.0.0.{number}")
    assert sum(map(len, accounts.throttle._records)) < 1_000
    with pytest.raises(InvalidInput, match="too long"):
        accounts.register(username="x" * 5_000_000, password=GOOD, address="10.0.0.9")


def test_a_token_is_not_made_by_a_login_that_has_ended_meanwhile(
    accounts: Accounts, root: User
) -> None:
    before = login_of(root, login_id="one")
    accounts.change_password(user_id=root.id, old=GOOD, new=WRONG, address=HOME)
    with pytest.raises(Exception, match="not signed in"):
        accounts.new_token(before, name="for ever")


def test_nor_by_one_that_was_looked_up_before_all_were_ended(
    accounts: Accounts, root: User, settings: Settings, database: Database
) -> None:
    identities = Identities(settings, database)
    value, _ = identities.login_cookie(root)
    before = identities.by_cookies({LOGIN_COOKIE: value})
    assert before
    assert accounts.new_token(before, name="in time")
    with database.transaction() as db:
        users.log_out_everywhere(db, user_id=root.id)
    with pytest.raises(NotSignedIn):
        accounts.new_token(before, name="for ever")


def test_a_password_that_was_changed_while_it_was_compared_logs_nobody_in(
    accounts: Accounts, root: User, settings: Settings, database: Database
) -> None:
    identities = Identities(settings, database)
    found = accounts.check_password(username="root", password=GOOD, address=HOME)
    assert found
    new = accounts.change_password(user_id=root.id, old=GOOD, new=WRONG, address=HOME)
    cookies = ({LOGIN_COOKIE: identities.login_cookie(user)[0]} for user in (found, new))
    assert [one and one.user_id for one in map(identities.by_cookies, cookies)] == [None, root.id]
