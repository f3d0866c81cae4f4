"""Who is there: from an API token or a cookie to a user, looked up each time.

Login cookies prove who logged in and when; whether that still holds (disabled, removed, logged
out, logged out everywhere) is read from the database at each use.
"""

from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import uuid4

from chat.config import Settings
from chat.errors import Forbidden
from chat.modes import OFF, Mode
from chat.news import News
from chat.people.browsers import Browsers
from chat.people.guests import GUEST_COOKIE, Guests
from chat.people.hashing import hashed
from chat.people.provider import Claims, ProviderLogins
from chat.people.signing import Signing
from store import tokens, users
from store.database import Database, Session
from store.errors import ReadOnly
from store.types import utc_now
from store.users import LOCAL_USER
from store.values import User

LOGIN_COOKIE = "parley_login"
TOKEN_PREFIX = "parley_"
SEEN_SECONDS = 60


@dataclass(frozen=True, slots=True)
class Identity:
    """Somebody known; ``role`` is ``admin``, ``user`` or ``guest``.

    A login has an id and an end; an API token its own id, and none of these. ``passed`` is the
    last time all of theirs were ended, as it was when they were looked up.
    """

    user_id: str
    username: str
    display_name: str
    role: str
    mode: Mode
    login_id: str = ""
    expires_at: datetime | None = None
    token_id: str = ""
    passed: datetime | None = None

    @property
    def is_admin(self) -> bool:
        """Whether they may look after users."""
        return self.role == "admin"

    def still_holds(self, db: Session) -> bool:
        """Whether they are still there, in this transaction."""
        user = users.get(db, user_id=self.user_id)
        ended = bool(self.login_id) and users.is_ended(db, login_id=self.login_id)
        same = user.tokens_valid_after == self.passed
        return not ended and same and user.disabled_at is None


class Identities:
    """Resolves and issues; every method opens its own transaction."""

    def __init__(
        self,
        settings: Settings,
        database: Database,
        news: News | None = None,
        *,
        now: Callable[[], datetime] = utc_now,
    ) -> None:
        self.mode = settings.mode
        self._login_days = settings.login_days
        self._database = database
        self._news = news or News()
        self._now = now
        self._signing = Signing(settings, database, now)
        self._guests = Guests(self._signing, database)
        self.browsers = Browsers(self._signing)
        self.provider = ProviderLogins(settings, database, self._signing)

    @property
    def local(self) -> Identity:
        """The one user of a start without login."""
        return Identity(LOCAL_USER, LOCAL_USER, "Local user", "admin", OFF)

    def by_cookies(self, cookies: Mapping[str, str]) -> Identity | None:
        """Who a browser belongs to, by the mode's cookie; None when nobody is known."""
        if self.mode.local:
            return self.local
        if self.mode.passwords:
            return self._by_login(cookies.get(LOGIN_COOKIE, ""))
        if self.mode.guests:
            return self._allowed(self._guests.by_cookie(cookies.get(GUEST_COOKIE, "")))
        return None

    def by_token(self, token: str) -> Identity | None:
        """Whose API token or page token this is; an API token's use is noted once a minute."""
        if self.mode.provider and not token.startswith(TOKEN_PREFIX):
            return self._by_login(token)
        now = self._now()
        with self._database.reading() as db:
            found = tokens.owner_of(db, token_hash=hashed(token), now=now)
        if found is None:
            return None
        user, kept = found
        if kept.last_used_at is None or (now - kept.last_used_at).total_seconds() > SEEN_SECONDS:
            with suppress(ReadOnly), self._database.transaction() as db:
                tokens.used(db, user_id=user.id, token_id=kept.id, now=now)
        return self._allowed(user, token_id=kept.id)

    def by_subject(self, subject: str, claims: Claims) -> Identity | None:
        """Whoever a login provider knows as ``subject``, by the claims of their ID token."""
        login = self.provider.by_claims(subject, claims)
        if login is None:
            return None
        user = self.provider.user(login)
        return self._allowed(user, login.issued_at, login.login_id, login.expires_at)

    def login_cookie(self, user: User) -> tuple[str, datetime]:
        """A login cookie's value and its expiry, for whoever just gave the right password.

        ``user`` is as they were then: a cookie of somebody whose logins were ended since is none.
        """
        expires = self._now() + timedelta(days=self._login_days)
        passed = str(user.tokens_valid_after)
        said = {"username": user.username, "jti": uuid4().hex, "passed": passed}
        return self._signing.signed(expires, **said), expires

    def page_token(self, identity: Identity) -> str:
        """With what a page asks the API whose login no cookie of ours proves; else empty."""
        if not self.mode.provider or identity.expires_at is None:
            return ""
        passed = str(identity.passed)
        said = {"username": identity.username, "jti": identity.login_id, "passed": passed}
        return self._signing.signed(identity.expires_at, **said)

    def guest_cookie(self) -> str:
        """A new guest's cookie; the user is made when the cookie comes back."""
        return self._guests.new_cookie()

    def is_guest_cookie(self, value: str) -> bool:
        """Whether a browser needs no new guest cookie."""
        return self._guests.knows(value)

    def log_out(self, identity: Identity) -> None:
        """End this login, wherever its cookie is."""
        if identity.login_id and identity.expires_at:
            with self._database.transaction(even_read_only=True) as db:
                users.end_login(db, login_id=identity.login_id, expires_at=identity.expires_at)
            self._news.note(identity.user_id, "login")

    def _by_login(self, value: str) -> Identity | None:
        issued, expires, said = self._signing.said(value, "username", "jti", "passed")
        username, login_id, passed = said
        if not username or not login_id:
            return None
        with self._database.reading() as db:
            user = users.by_login(db, username=username, login_id=login_id)
        if user is None or issued < user.created_at:  # of an earlier one of that name
            return None
        if passed and passed != str(user.tokens_valid_after):
            return None
        # One from after all others were ended holds, though perhaps that was by a clock ahead.
        since = None if passed else issued
        return self._allowed(user, since, login_id, expires)

    def _allowed(
        self,
        user: User | None,
        issued: datetime | None = None,
        login_id: str = "",
        expires_at: datetime | None = None,
        token_id: str = "",
    ) -> Identity | None:
        if user is None or not _holds(user, issued):
            return None
        self._note(user)
        who = (user.id, user.username, user.name, user.role)
        since = user.tokens_valid_after
        return Identity(*who, self.mode, login_id, expires_at, token_id, since)

    def _note(self, user: User) -> None:
        now = self._now()
        if user.last_seen_at is None or (now - user.last_seen_at).total_seconds() > SEEN_SECONDS:
            with suppress(ReadOnly), self._database.transaction() as db:
                users.seen(db, user_id=user.id, now=now)


def check_admin(by: Identity) -> None:
    """Raise `Forbidden` for everybody else."""
    if not by.is_admin:
        raise Forbidden("Only administrators may do this.", "Ask one of them.")


def _holds(user: User, issued: datetime | None) -> bool:
    """Whether a login of that time, or a token, still does."""
    after = user.tokens_valid_after
    return user.disabled_at is None and not (issued and after and issued < after)
