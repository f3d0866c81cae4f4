"""Those who come to the doors, and what they bring: cookies and tokens, good ones and forged."""

from __future__ import annotations

import base64
import json
from dataclasses import dataclass, field, replace
from datetime import timedelta
from uuid import uuid4

import jwt

from chat.config import Settings
from chat.people.accounts import Accounts
from chat.people.hashing import password_hash
from chat.people.identity import GUEST_COOKIE, LOGIN_COOKIE, Identities
from store import tokens, users
from store.database import Database
from store.types import utc_now
from store.values import User
from tests.logins import login_of

ANN, BOB, ADMIN, OUT, GONE, LAST = "ann", "bob", "admin", "disabled", "removed", "last"
SECRET_TITLE = "Secret plan of hers"


@dataclass(frozen=True)
class Person:
    """What somebody brings; as headers for the API, as cookies for pages."""

    token: str = ""
    cookies: dict[str, str] = field(default_factory=dict)

    @property
    def headers(self) -> dict[str, str]:
        """For a request of the API; with a cookie also what keeps other sites' forms out."""
        headers = {"X-Requested-With": "tests"}
        if self.token:
            headers["Authorization"] = f"Bearer {self.token}"
        if self.cookies:
            headers["Cookie"] = "; ".join(f"{k}={v}" for k, v in self.cookies.items())
        return headers


class People:
    """Made once on a server's database; ``known`` may come in, ``strangers`` may not."""

    def __init__(self, settings: Settings, database: Database) -> None:
        self._database = database
        self._settings = settings
        self._accounts = Accounts(settings, database, rounds=4)
        self._identities = Identities(settings, database)
        self.users = {name: self._user(name) for name in (ANN, BOB, ADMIN, OUT, GONE, LAST)}
        with database.transaction() as db:
            hour, before = utc_now() - timedelta(hours=1), self.users[ANN]
            self.users[ANN] = users.log_out_everywhere(db, user_id=self.users[ANN].id, now=hour)
        self.known = {
            "owner by token": self._by_token(ANN),
            "owner by cookie": self._by_cookie(self.users[ANN]),
            "another user": self._by_token(BOB),
            "another user by cookie": self._by_cookie(self.users[BOB]),
            "admin": self._by_token(ADMIN),
            "admin by cookie": self._by_cookie(self.users[ADMIN]),
        }
        self.strangers = {
            "nobody": Person(),
            "made-up token": Person(token="parley_made-up"),
            "revoked token": self._revoked(),
            "expired token": self._expired_token(),
            "disabled user's token": self._by_token(OUT),
            "disabled user's cookie": self._by_cookie(self.users[OUT]),
            "removed user's cookie": self._by_cookie(self.users[GONE]),
            "expired cookie": self._by_cookie(self.users[ANN], ago=timedelta(days=400)),
            "cookie of another key": _cookie(jwt.encode(self._claims(), "k" * 64, "HS256")),
            "cookie without a signature": _cookie(self._unsigned()),
            "cookie that logged out": self._logged_out(),
            "cookie from before logging out everywhere": self._by_cookie(
                before, ago=timedelta(hours=2)
            ),
            "cookie that is no token": _cookie("ann"),
            "cookie of somebody who was never there": self._by_cookie(
                replace(before, username="nobody at all")
            ),
            "guest cookie": Person(cookies={GUEST_COOKIE: self._identities.guest_cookie()}),
        }
        self.last_token = self._by_token(LAST)
        with database.transaction() as db:
            users.set_disabled(db, user_id=self.users[OUT].id, disabled=True)
            users.remove(db, user_id=self.users[GONE].id)

    @property
    def guest(self) -> Person:
        """A new one, for a server in guest mode."""
        return Person(cookies={GUEST_COOKIE: self._identities.guest_cookie()})

    def _user(self, name: str) -> User:
        with self._database.transaction() as db:
            return users.create(
                db,
                username=name,
                role="admin" if name == ADMIN else "user",
                password_hash=password_hash("correct horse", 4),
            )

    def _by_token(self, name: str) -> Person:
        made = self._accounts.new_token(login_of(self.users[name]), name="test")
        return Person(token=made.token)

    def _revoked(self) -> Person:
        made = self._accounts.new_token(login_of(self.users[ANN]), name="test")
        with self._database.transaction() as db:
            tokens.revoke(db, user_id=self.users[ANN].id, token_id=made.kept.id)
        return Person(token=made.token)

    def _expired_token(self) -> Person:
        past = utc_now() - timedelta(days=9)
        accounts = Accounts(self._settings, self._database, now=lambda: past)
        made = accounts.new_token(login_of(self.users[ANN]), name="test", days=1)
        return Person(token=made.token)

    def _by_cookie(self, user: User, ago: timedelta = timedelta()) -> Person:
        moment = utc_now() - ago
        identities = Identities(self._settings, self._database, now=lambda: moment)
        return _cookie(identities.login_cookie(user)[0])

    def _logged_out(self) -> Person:
        person = self._by_cookie(self.users[ANN])
        identity = self._identities.by_cookies(person.cookies)
        assert identity
        self._identities.log_out(identity)
        return person

    def _claims(self) -> dict[str, object]:
        now = utc_now().timestamp()
        return {"username": ANN, "exp_date": now + 1000, "iat": now, "jti": uuid4().hex}

    def _unsigned(self) -> str:
        parts = ({"alg": "none", "typ": "JWT"}, self._claims())
        coded = [base64.urlsafe_b64encode(json.dumps(p).encode()).rstrip(b"=") for p in parts]
        return b".".join([*coded, b""]).decode()


def _cookie(value: str) -> Person:
    return Person(cookies={LOGIN_COOKIE: value})
