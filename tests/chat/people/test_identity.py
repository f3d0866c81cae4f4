"""Cookies and tokens: good ones, and everything an attacker would try instead."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from chat.config import Settings
from chat.people.accounts import Accounts
from chat.people.identity import GUEST_COOKIE, LOGIN_COOKIE, Identities
from store import kept, tokens, users
from store.database import Database
from store.values import User
from tests.chat.clock import NOON, Clock
from tests.logins import cookie_of, login_of

KEY = "k" * 64


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    opened = Database(database_url)
    opened.open()
    with opened.transaction() as db:
        users.ensure_local(db, now=NOON)
        users.create(db, username="Ann", role="admin", now=NOON)
        users.create(db, username="bob", now=NOON)
    yield opened
    opened.close()


Make = Any


@pytest.fixture
def make(database: Database, database_url: str, clock: Clock) -> Make:
    def identities(auth: Any = "password", key: str | None = KEY, **more: Any) -> Identities:
        settings = Settings(database_url=database_url, auth=auth, cookie_key=key, **more)
        return Identities(settings, database, now=clock)

    return identities


@pytest.fixture
def ann(database: Database) -> User:
    with database.reading() as db:
        found = users.by_username(db, username="ann")
    assert found
    return found


def login(identities: Identities, value: str) -> Any:
    return identities.by_cookies({LOGIN_COOKIE: value})


def signed(payload: Any, key: Any = KEY, algorithm: str = "HS256") -> str:
    return jwt.encode(payload, key, algorithm=algorithm)


def good(**changes: Any) -> dict[str, Any]:
    stamp = NOON.timestamp()
    payload = {"username": "ann", "jti": "x", "iat": stamp, "exp_date": stamp + 60, **changes}
    return {name: value for name, value in payload.items() if value is not ...}


def test_a_login_comes_back(make: Make, ann: User) -> None:
    value, expires = make(login_days=2).login_cookie(ann)
    found = login(make(), value)
    assert (found.user_id, found.username, found.role) == (ann.id, "ann", "admin")
    assert (found.is_admin, found.mode.name, found.expires_at) == (True, "password", expires)
    assert expires == NOON + timedelta(days=2)


def test_it_ends_with_its_days(make: Make, clock: Clock) -> None:
    identities = make(login_days=1)
    value = cookie_of(identities, "ann")
    clock.later(days=1, seconds=-1)
    assert login(identities, value)
    clock.later(seconds=1)
    assert login(identities, value) is None


def unsigned(payload: dict[str, Any], algorithm: str) -> str:
    parts = [json.dumps({"alg": algorithm, "typ": "JWT"}), json.dumps(payload)]
    return ".".join(base64.urlsafe_b64encode(p.encode()).decode().rstrip("=") for p in parts) + "."


def test_forged_ones_are_nobody(make: Make) -> None:
    private = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    pem = private.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    genuine = signed(good())
    assert login(make(), genuine)
    head, body, tail = genuine.split(".")
    forged = [
        *("", ".", "..", "x", "a.b.c", "é" * 9, "\ud800", "\0", "x" * 100_000, genuine * 99),
        *(signed(good(), "another key that is long enough!"), signed(good(), KEY, "HS512")),
        *(
            signed(good(), pem, "RS256"),
            f"{head}.{body}.",
            f"{head}.{body}",
            f"{head}.{tail}.{body}",
        ),
        *(unsigned(good(), name) for name in ("none", "None", "NONE", "HS256", "")),
    ]
    for value in forged:
        assert login(make(), value) is None, value[:80]


SENSELESS: list[dict[str, Any]] = [
    *({name: ...} for name in ("username", "jti", "iat", "exp_date")),
    *({"username": value} for value in (None, 1, ["ann"], {"ann": 1}, "", "nobody", "\0")),
    *({"jti": value} for value in (None, 1, ["x"])),
    *(
        {name: value}
        for name in ("iat", "exp_date")
        for value in (None, "1", True, [], {}, -1e30, 1e30, float("inf"), float("nan"), "x")
    ),
    {"exp_date": NOON.timestamp()},
    {"iat": NOON.timestamp() + 121},
    {"iat": NOON.timestamp() - 1},  # before there was such a user
    {"exp": NOON.timestamp()},
    {"nbf": 32503680000},
]


def test_what_is_signed_but_makes_no_sense_is_nobody(make: Make) -> None:
    identities = make()
    for changes in SENSELESS:
        assert login(identities, signed(good(**changes))) is None, changes


def test_another_servers_clock_may_be_a_little_ahead(make: Make) -> None:
    assert login(make(), signed(good(iat=NOON.timestamp() + 119)))


def test_what_is_no_object_is_nobody(make: Make) -> None:
    for payload in ([], "ann", 1, None):
        value = jwt.PyJWS().encode(json.dumps(payload).encode(), KEY, algorithm="HS256")
        assert login(make(), value) is None


def test_logged_out_here_is_only_this_login(make: Make, clock: Clock) -> None:
    identities = make()
    here, elsewhere = (cookie_of(identities, "ann") for _ in range(2))
    identities.log_out(login(identities, here))
    assert login(identities, here) is None
    assert login(make(), here) is None
    assert login(identities, elsewhere)
    identities.log_out(identities.local)  # has no login to end


def test_logged_out_everywhere(make: Make, database: Database, ann: User, clock: Clock) -> None:
    before = cookie_of(make(), "ann")
    clock.later(seconds=1)
    with database.transaction() as db:
        users.log_out_everywhere(db, user_id=ann.id, now=clock())
    assert login(make(), before) is None
    clock.later(seconds=1)
    assert login(make(), cookie_of(make(), "ann"))


def test_disabled_and_removed_are_nobody_at_once(make: Make, database: Database) -> None:
    value = cookie_of(make(), "bob")
    bob = login(make(), value)
    with database.transaction() as db:
        users.set_disabled(db, user_id=bob.user_id, disabled=True)
    assert login(make(), value) is None
    with database.transaction() as db:
        users.set_disabled(db, user_id=bob.user_id, disabled=False)
    assert login(make(), value) == bob
    with database.transaction() as db:
        users.remove(db, user_id=bob.user_id)
    assert login(make(), value) is None


def test_whoever_has_the_name_next_is_not_logged_in_by_it(
    make: Make, database: Database, clock: Clock
) -> None:
    value = cookie_of(make(), "bob")
    bob = login(make(), value)
    clock.later(hours=1)
    with database.transaction() as db:
        users.remove(db, user_id=bob.user_id)
        users.create(db, username="bob", now=clock())
    assert login(make(), value) is None
    assert login(make(), cookie_of(make(), "bob"))


def test_each_mode_looks_at_its_own_cookie(make: Make) -> None:
    value = cookie_of(make(), "ann")
    guest = make("guest").guest_cookie()
    both = {LOGIN_COOKIE: value, GUEST_COOKIE: guest}
    assert make("password").by_cookies(both).username == "ann"
    assert make("guest").by_cookies(both).role == "guest"
    assert make("oidc").by_cookies(both) is None
    assert make("off").by_cookies(both).user_id == make("").by_cookies({}).user_id == "default"
    swapped = {LOGIN_COOKIE: guest, GUEST_COOKIE: value}
    assert make("password").by_cookies(swapped) is None
    assert make("guest").by_cookies(swapped) is None
    assert not make("guest").is_guest_cookie(value)


def test_a_guest_is_made_when_the_cookie_comes_back(make: Make, database: Database) -> None:
    identities = make("guest")
    cookie = {GUEST_COOKIE: identities.guest_cookie()}
    assert identities.is_guest_cookie(cookie[GUEST_COOKIE])
    with ThreadPoolExecutor(8) as pool:
        found = set(pool.map(lambda _: identities.by_cookies(cookie), range(16)))
    [guest] = found
    assert (guest.role, guest.is_admin, guest.display_name[:6]) == ("guest", False, "Guest ")
    other = identities.by_cookies({GUEST_COOKIE: identities.guest_cookie()})
    assert other.user_id != guest.user_id
    with database.transaction() as db:
        users.set_disabled(db, user_id=guest.user_id, disabled=True)
    assert identities.by_cookies(cookie) is None


def test_no_guest_has_such_an_id(make: Make) -> None:
    for guest in (1, None, True, "", "../x", "a" * 65, "é", ["a"], "a b", "\0"):
        value = signed(good(guest=guest))
        assert not make("guest").is_guest_cookie(value)
        assert make("guest").by_cookies({GUEST_COOKIE: value}) is None


def test_a_guest_cookie_ends(make: Make, clock: Clock) -> None:
    identities = make("guest")
    value = identities.guest_cookie()
    clock.later(days=30)
    assert not identities.is_guest_cookie(value)
    assert identities.by_cookies({GUEST_COOKIE: value}) is None


def test_api_tokens(
    make: Make, database: Database, database_url: str, ann: User, clock: Clock
) -> None:
    accounts = Accounts(Settings(database_url=database_url), database, now=clock)
    lasting = accounts.new_token(login_of(ann), name="a")
    token = accounts.new_token(login_of(ann), name="b", days=1).token
    for auth in ("", "off", "password", "guest", "oidc"):
        assert make(auth).by_token(token).user_id == ann.id
    bad = [
        *(token.upper(), token.lower(), token[:-1], token + "x", f" {token}", token + "\n"),
        *("", "parley_", "é", "\ud800", "\0", "x" * 5_000_000, token.removeprefix("parley_")),
    ]
    for value in bad:
        assert make().by_token(value) is None, value[:80]
    clock.later(days=1)
    assert make().by_token(token) is None
    assert make().by_token(lasting.token)
    with database.transaction() as db:
        users.create(db, username="second", role="admin")
        users.set_disabled(db, user_id=ann.id, disabled=True)
    assert make().by_token(lasting.token) is None
    with database.transaction() as db:
        users.set_disabled(db, user_id=ann.id, disabled=False)
        tokens.revoke(db, user_id=ann.id, token_id=lasting.kept.id)
    assert make().by_token(lasting.token) is None


def test_the_key_is_made_once_and_kept(make: Make, database: Database) -> None:
    with ThreadPoolExecutor(4) as pool:
        processes = list(pool.map(lambda _: make(key=None), range(4)))
    value = cookie_of(processes[0], "ann")
    assert all(login(one, value) for one in processes)
    with database.transaction() as db:
        key = kept.keep(db, name="cookie_key", make=lambda: "another")
    assert len(key) >= 48
    assert login(make(), value) is None  # a key that is set wins over the one that was made
    assert login(make(), signed(good(), key)) is None
    assert login(make(key=None), signed(good(), key))


def test_each_database_has_a_key_of_its_own(make: Make, ann: User, tmp_path: Any) -> None:
    with_other = Settings(database_url=f"sqlite:///{tmp_path / 'other.db'}", auth="password")
    other = Database(with_other.database_url)
    other.open()
    value, _ = Identities(with_other, other).login_cookie(ann)
    assert login(make(key=None), value) is None
    other.close()
