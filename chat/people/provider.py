"""Logins by a provider: what its claims prove, and who may come in by them for the first time.

Only issuer and id there say who it is; an email is a name like any other, and none unless the
provider has verified it.
"""

import json
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal
from uuid import uuid4

from chat.config import Settings
from chat.errors import InvalidInput
from chat.people.hashing import hashed
from chat.people.names import NAME_MAX, new_name, normal
from chat.people.signing import CLOCKS_DIFFER, Signing, moment
from store import users
from store.database import Database, Session
from store.errors import Conflict, Refused
from store.texts import repaired
from store.users import LOCAL_USER
from store.values import User

SUBJECT_MAX = 400
FRESH = timedelta(minutes=10)
ONE_OF_A_KIND = ("iat", "nonce", "jti", "sid", "at_hash")
Claims = Mapping[str, object]
Standing = Literal["ended", "disabled", "set up", "code", "closed"]
"""Why somebody is not in: to log in again, to stay out, or to bring a code of this kind."""


@dataclass(frozen=True, slots=True)
class ProviderLogin:
    """A login that claims prove: of whom, since when and until when.

    ``email`` is empty unless it is verified; ``names`` are those to be tried for a new user.
    """

    subject: str
    login_id: str
    issued_at: datetime
    expires_at: datetime
    email: str
    display_name: str
    names: tuple[str, ...]


class ProviderLogins:
    """Reads claims of ID tokens; every method opens its own transaction."""

    def __init__(self, settings: Settings, database: Database, signing: Signing) -> None:
        self._settings = settings
        self._database = database
        self._now = signing.now

    def by_claims(self, subject: str, claims: Claims) -> ProviderLogin | None:
        """What they prove of whoever the provider knows as ``subject`` (issuer and id there).

        ``iat`` and what makes the token one of a kind make a login of it, which lasts as long as
        one with a password.
        """
        try:
            issued = moment(claims["iat"])
        except (KeyError, TypeError, ValueError, OverflowError, OSError):
            return None
        now = self._now()
        expires = issued + timedelta(days=self._settings.login_days)
        if expires <= now or issued > now + CLOCKS_DIFFER:
            return None
        if len(subject) > SUBJECT_MAX or subject != repaired(subject):
            return None
        login_id = hashed(json.dumps([subject, *map(claims.get, ONE_OF_A_KIND)], default=str))
        verified = claims.get("email_verified") in (True, "true")
        email = _text(claims, "email")[:320] if verified else ""
        others = [_text(claims, name) for name in ("preferred_username", "name")]
        names = filter(None, (email, *(name for name in others if "@" not in normal(name))))
        named = (email, others[1][:200], tuple(names))
        return ProviderLogin(subject, login_id, issued, expires, *named)

    def user(self, login: ProviderLogin) -> User | None:
        """Whose login it is, unless it was ended; whoever may come in unasked is made a user."""
        with self._database.reading() as db:
            known = users.by_subject(db, subject=login.subject)
            if users.is_ended(db, login_id=login.login_id):
                return None
        if known or not self._is_fresh(login) or not self._may_come(login):
            return known
        with self._database.transaction() as db:
            if not users.can_log_in(db, passwords=False):
                return None
            return create_user(db, login, role="user", now=self._now())

    def standing(self, subject: str, claims: Claims) -> Standing:
        """Why whoever the provider let in a moment ago is not in here."""
        login = self.by_claims(subject, claims)
        with self._database.reading() as db:
            user = users.by_subject(db, subject=subject)
            if user and user.disabled_at:
                return "disabled"
            if user or login is None or users.is_ended(db, login_id=login.login_id):
                return "ended"
            if not users.can_log_in(db, passwords=False):
                return "set up" if self._is_fresh(login) else "ended"
        if self._settings.registration == "closed":
            return "closed"
        return "code" if self._is_fresh(login) else "ended"

    def newcomer(self, subject: str, claims: Claims) -> ProviderLogin | None:
        """The login of somebody who is to be made a user now; None when it is not of now."""
        login = self.by_claims(subject, claims)
        if login is None or not self._is_fresh(login):
            return None
        with self._database.reading() as db:
            return None if users.is_ended(db, login_id=login.login_id) else login

    def _is_fresh(self, login: ProviderLogin) -> bool:
        return self._now() - login.issued_at < FRESH

    def _may_come(self, login: ProviderLogin) -> bool:
        if self._settings.registration != "open":
            return False
        name, _, domain = login.email.rpartition("@")
        ours = bool(name) and "@" not in name and domain.lower() in self._settings.oidc_domains
        return ours or not self._settings.oidc_domains


def create_user(db: Session, login: ProviderLogin, *, role: str, now: datetime) -> User:
    """A user for the login, or the one there is; in the caller's transaction."""
    users.lock(db, user_id=LOCAL_USER)  # one after the other: one of them is first
    if known := users.by_subject(db, subject=login.subject):
        return known
    short = uuid4().hex[:8]
    others = (f"{name[: NAME_MAX - 9]} {short}" for name in login.names)
    for username in (*login.names, *others, f"user {short}"):
        with suppress(Conflict, Refused, InvalidInput):
            return users.create(
                db,
                username=new_name(username),
                display_name=login.display_name,
                email=login.email or None,
                subject=login.subject,
                role=role,
                now=now,
            )
    raise Conflict("No name is free for you.", "Try again.")


def _text(claims: Claims, name: str) -> str:
    return repaired(str(claims.get(name) or ""))
