"""Who is there: from an API token or a cookie to a user, looked up each time.

Cookies are JWTs (HS256 only) signed with one key per database. They prove who logged in and
when; whether that still holds (disabled, removed, logged out, logged out everywhere) is read
from the database at each use.
"""

import hashlib
import json
import secrets
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import uuid4

from chat.config import Settings
from chat.modes import OFF, Mode
from chat.news import News
from store import tokens, users
from store.database import Database
from store.errors import Conflict, Refused
from store.kept import keep
from store.texts import is_id, repaired
from store.types import utc_now
from store.users import LOCAL_USER
from store.values import User

LOGIN_COOKIE = "parley_login"
GUEST_COOKIE = "parley_guest"
TOKEN_PREFIX = "parley_"
GUEST_DAYS = 30
SEEN_SECONDS = 60
COOKIE_MAX = 4096
SUBJECT_MAX = 400
FRESH = timedelta(minutes=10)
NAMES = ("email", "preferred_username", "name")
ONE_OF_A_KIND = ("iat", "nonce", "jti", "sid", "at_hash")
CLOCKS_DIFFER = timedelta(minutes=2)
NEVER = datetime.min.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Identity:
    """Somebody known; ``role`` is ``admin``, ``user`` or ``guest``."""

    user_id: str
    username: str
    display_name: str
    role: str
    mode: Mode
    login_id: str = ""
    expires_at: datetime | None = None

    @property
    def is_admin(self) -> bool:
        """Whether they may look after users."""
        return self.role == "admin"


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
        given = settings.cookie_key
        self._key = given.get_secret_value() if given else self._kept_key()

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
            return self._by_guest(cookies.get(GUEST_COOKIE, ""))
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
            with self._database.transaction() as db:
                tokens.used(db, user_id=user.id, token_id=kept.id, now=now)
        return self._allowed(user)

    def by_subject(self, subject: str, claims: Mapping[str, object]) -> Identity | None:
        """Whoever a login provider knows as ``subject`` (issuer and id there).

        ``claims`` are those of the ID token: ``iat`` and what makes the token one of a kind;
        ``email``, ``name`` and ``preferred_username`` are for a user who is made, by a login of
        the last minutes. The login lasts as long as one with a password.
        """
        try:
            issued = _time(claims["iat"])
        except (KeyError, TypeError, ValueError, OverflowError, OSError):
            return None
        now = self._now()
        expires = issued + timedelta(days=self._login_days)
        if expires <= now or issued > now + CLOCKS_DIFFER:
            return None
        if len(subject) > SUBJECT_MAX or subject != repaired(subject):
            return None
        login_id = hashed(json.dumps([subject, *map(claims.get, ONE_OF_A_KIND)], default=str))
        with self._database.reading() as db:
            user = users.by_subject(db, subject=subject)
            if users.is_ended(db, login_id=login_id):
                return None
        if user is None and now - issued < FRESH:
            user = self._register(subject, claims)
        return self._allowed(user, issued, login_id, expires)

    def is_disabled(self, subject: str) -> bool:
        """Whether whoever a login provider knows so is kept out."""
        with self._database.reading() as db:
            user = users.by_subject(db, subject=subject)
        return user is not None and user.disabled_at is not None

    def login_cookie(self, username: str) -> tuple[str, datetime]:
        """A login cookie's value for whoever just gave the right password, and its expiry."""
        expires = self._now() + timedelta(days=self._login_days)
        with self._database.reading() as db:
            user = users.by_username(db, username=username)
        passed = str(user and user.tokens_valid_after)
        said = {"username": users.folded(username), "jti": uuid4().hex, "passed": passed}
        return self._signed(expires, **said), expires

    def page_token(self, identity: Identity) -> str:
        """With what a page asks the API whose login no cookie of ours proves; else empty."""
        if not self.mode.provider or identity.expires_at is None:
            return ""
        said = {"username": identity.username, "jti": identity.login_id}
        return self._signed(identity.expires_at, **said)

    def guest_cookie(self) -> str:
        """A new guest's cookie; the user is made when the cookie comes back."""
        return self._signed(self._now() + timedelta(days=GUEST_DAYS), guest=uuid4().hex)

    def is_guest_cookie(self, value: str) -> bool:
        """Whether a browser needs no new guest cookie."""
        return bool(self._guest(value))

    def log_out(self, identity: Identity) -> None:
        """End this login, wherever its cookie is."""
        if identity.login_id and identity.expires_at:
            with self._database.transaction() as db:
                users.end_login(db, login_id=identity.login_id, expires_at=identity.expires_at)
            self._news.note(identity.user_id, "login")

    def _by_login(self, value: str) -> Identity | None:
        issued, expires, said = self._said(value, "username", "jti", "passed")
        username, login_id, passed = said
        if not username or not login_id:
            return None
        with self._database.reading() as db:
            user = users.by_login(db, username=username, login_id=login_id)
        if user is None or issued < user.created_at:  # of an earlier one of that name
            return None
        # After all others were ended, though perhaps by a clock that was ahead.
        since = None if passed == str(user.tokens_valid_after) else issued
        return self._allowed(user, since, login_id, expires)

    def _by_guest(self, value: str) -> Identity | None:
        guest = self._guest(value)
        if not guest:
            return None
        with self._database.reading() as db:
            user = users.by_username(db, username=f"guest-{guest}")
        if user is None:
            user = self._make_guest(guest)
        return self._allowed(user)

    def _guest(self, value: str) -> str:
        *_, (guest,) = self._said(value, "guest")
        return guest if is_id(guest) else ""

    def _signed(self, expires: datetime, **texts: str) -> str:
        import jwt  # with its cryptography a tenth of the time that a start takes

        times = {"exp_date": expires.timestamp(), "iat": self._now().timestamp()}
        return jwt.encode({**texts, **times}, self._key, algorithm="HS256")

    def _said(self, value: str, *names: str) -> tuple[datetime, datetime, list[str]]:
        """When a signed cookie was made and ends, and these texts; empty where it is not good."""
        nothing = (NEVER, NEVER, [""] * len(names))
        if not value or len(value) > COOKIE_MAX:
            return nothing
        import jwt

        try:
            # PyJWT would look at its own clock, and another server's may be a little ahead.
            said = jwt.decode(value, self._key, ["HS256"], {"verify_iat": False})
            issued, expires = _time(said["iat"]), _time(said["exp_date"])
        except (jwt.InvalidTokenError, KeyError, TypeError, ValueError, OverflowError, OSError):
            return nothing
        if not issued - CLOCKS_DIFFER <= self._now() < expires:
            return nothing
        texts = (said.get(name) for name in names)
        return issued, expires, [repaired(text) if isinstance(text, str) else "" for text in texts]

    def _allowed(
        self,
        user: User | None,
        issued: datetime | None = None,
        login_id: str = "",
        expires_at: datetime | None = None,
    ) -> Identity | None:
        if user is None or user.disabled_at is not None:
            return None
        after = user.tokens_valid_after
        if issued is not None and after is not None and issued < after:
            return None
        self._note(user)
        who = (user.id, user.username, user.name, user.role)
        return Identity(*who, self.mode, login_id, expires_at)

    def _note(self, user: User) -> None:
        now = self._now()
        if user.last_seen_at is None or (now - user.last_seen_at).total_seconds() > SEEN_SECONDS:
            with self._database.transaction() as db:
                users.seen(db, user_id=user.id, now=now)

    def _make_guest(self, guest: str) -> User | None:
        name = f"guest-{guest}"
        with self._database.transaction() as db:
            with suppress(Conflict):  # made by another request of theirs at this moment
                users.create(
                    db,
                    username=name,
                    display_name=f"Guest {guest[:4]}",
                    role="guest",
                    user_id=guest,
                    now=self._now(),
                )
            return users.by_username(db, username=name)

    def _register(self, subject: str, claims: Mapping[str, object]) -> User | None:
        """The email is a name like any other: whoever has that name already is somebody else."""
        said = {name: repaired(str(claims.get(name) or "")) for name in NAMES}
        email, display_name, short = said["email"], said["name"], uuid4().hex[:8]
        wanted = email or said["preferred_username"] or display_name
        for username in (wanted, f"{wanted[:100]} {short}", f"user {short}"):
            with suppress(Conflict, Refused), self._database.transaction() as db:
                users.lock(db, user_id=LOCAL_USER)  # one after the other: one of them is first
                if known := users.by_subject(db, subject=subject):
                    return known
                return users.create(
                    db,
                    username=username,
                    display_name=display_name[:200],
                    email=email[:320] or None,
                    subject=subject,
                    role="user" if users.count(db) else "admin",
                    now=self._now(),
                )
        return None

    def _kept_key(self) -> str:
        with self._database.transaction() as db:
            return keep(db, name="cookie_key", make=lambda: secrets.token_urlsafe(48))


def new_secret(prefix: str = "") -> str:
    """A secret nobody guesses, to be shown once; keep only its `hashed`."""
    return prefix + secrets.token_urlsafe(32)


def hashed(secret: str) -> str:
    """What is kept of a token or code: SHA-256, hex. They are random, so no salt is needed."""
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).hexdigest()


def _time(seconds: object) -> datetime:
    """Of Unix seconds; raises what JSON's other values and absurd numbers deserve."""
    if isinstance(seconds, bool) or not isinstance(seconds, int | float):
        raise TypeError
    return datetime.fromtimestamp(seconds, UTC)
