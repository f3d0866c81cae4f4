"""What people do with their accounts: set up, log in, register, change and reset passwords.

Attempts are counted before a password is compared, per user and per address, and those that are
refused cost no hash; an unknown user takes as long as a known one. A browser in which somebody was
logged in counts for itself, and all of these together. Every method opens its own transaction.
"""

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from chat.config import Settings
from chat.errors import Forbidden, InvalidInput, NotSignedIn
from chat.news import News
from chat.peers import budget_unit
from chat.people import hashing
from chat.people.browsers import UNKNOWN, Browser
from chat.people.hashing import hashed, new_secret
from chat.people.identity import TOKEN_PREFIX, Identity, check_admin
from chat.people.names import new_name, normal
from chat.people.provider import ProviderLogin, create_user
from chat.people.throttle import Throttle
from store import codes, tokens, users
from store.database import Database, Session
from store.errors import Conflict
from store.types import utc_now
from store.users import LOCAL_USER
from store.values import ApiToken, Code, User

SETUP_DAYS, INVITE_DAYS, RESET_DAYS = 7, 7, 1
TYPED_MAX = 1_000
CLOSED = "Registration is closed.", "Ask an administrator for an invitation."
BAD_CODE = (
    "The code is wrong, used or expired.",
    "Check it; for a new one, ask an administrator or look into the server's log.",
)

log = logging.getLogger("parley.accounts")


@dataclass(frozen=True, slots=True)
class NewToken:
    """An API token at the one moment when it can be read."""

    token: str
    kept: ApiToken


@dataclass(frozen=True, slots=True)
class Accounts:
    """Of one process: the throttle counts what it sees; ``rounds`` are bcrypt's."""

    settings: Settings
    database: Database
    news: News = field(default_factory=News)
    now: Callable[[], datetime] = utc_now
    throttle: Throttle = field(default_factory=Throttle)
    rounds: int = 12

    def needs_setup(self) -> bool:
        """Whether nobody can log in yet, in the way that is set."""
        with self.database.reading() as db:
            return not self._can_log_in(db)

    def new_setup_code(self) -> str:
        """A code that makes the first administrator; an earlier one stops working."""
        return self._new_code(codes.SETUP, SETUP_DAYS, role="admin")

    def set_up(
        self, *, code: str, username: str, password: str, address: str, hand_over: bool
    ) -> User:
        """Make the first administrator; with ``hand_over`` the local user's chats become theirs."""
        name = new_name(username)
        hashing.check_new_password(password)
        self._check_code(codes.SETUP, code, address)
        with self.database.reading() as db:
            self._check_not_set_up(db)
        password_hash = hashing.password_hash(password, self.rounds)
        with self.database.transaction() as db:
            self._check_not_set_up(db)
            self._take(db, codes.SETUP, code)
            user = users.create(
                db, username=name, password_hash=password_hash, role="admin", now=self.now()
            )
            self._end_setup(db, user, hand_over=hand_over)
        return user

    def join(
        self, login: ProviderLogin | None, *, code: str, address: str, hand_over: bool = False
    ) -> User:
        """A new user by a provider's login of now: with the setup code the first, else invited."""
        if login is None:
            raise NotSignedIn("Your login is not new enough.", "Log in again, then enter the code.")
        kind = codes.SETUP if self.needs_setup() else codes.INVITE
        if kind == codes.INVITE and self.settings.registration == "closed":
            raise Forbidden(*CLOSED)
        self._check_code(kind, code, address)
        with self.database.transaction() as db:
            if kind == codes.SETUP:
                self._check_not_set_up(db)
            role = self._take(db, kind, code).role
            user = create_user(db, login, role=role, now=self.now())
            if kind == codes.SETUP:
                self._end_setup(db, user, hand_over=hand_over)
        return user

    def check_password(
        self, *, username: str, password: str, address: str, browser: Browser = UNKNOWN
    ) -> User | None:
        """Whose name and password these are; raises `TooMany` after too many wrong ones."""
        name = username[:TYPED_MAX]
        with self.database.reading() as db:
            found = users.by_username(db, username=name) or users.by_username(
                db, username=normal(name)
            )
            stored = users.password_hash(db, username=found.username) if found else None
        own, others = f"user {found.username if found else normal(name)}", _at("address", address)
        known = ""
        if found and found.id in browser.people:
            own, others, known = f"browser {browser.id} {found.id}", "", f"known {found.id}"
        self.throttle.count(*filter(None, (own, others)), known=known)
        if hashing.fits(password, stored) and found and found.disabled_at is None:
            self.throttle.give_back(others)
            self.throttle.forget(own, known)
            return found
        log.warning("login refused address=%s", address)
        return None

    def register(
        self, *, username: str, password: str, address: str, code: str = "", display_name: str = ""
    ) -> User:
        """A new user, as far as ``PARLEY_REGISTRATION`` allows; `Forbidden` says when not."""
        open_to_all = self.settings.registration == "open"
        if self.settings.registration == "closed" or (not open_to_all and not code):
            raise Forbidden(*CLOSED)
        name = new_name(username)
        hashing.check_new_password(password)
        if code:
            self._check_code(codes.INVITE, code, address)
        with self._counted(_at("register", address)), self.database.reading() as db:
            if users.by_username(db, username=name):
                raise Conflict("The username is taken.", "Choose another one.")
        password_hash = hashing.password_hash(password, self.rounds)
        with self.database.transaction() as db:
            invited = self._take(db, codes.INVITE, code) if code else None
            return users.create(
                db,
                username=name,
                password_hash=password_hash,
                display_name=display_name,
                role=invited.role if invited else "user",
                now=self.now(),
            )

    def change_password(
        self, *, user_id: str, old: str, new: str, address: str, browser: Browser = UNKNOWN
    ) -> User:
        """Another password for somebody who knows the old one; ends their logins and tokens."""
        hashing.check_new_password(new)
        with self.database.reading() as db:
            name = users.get(db, user_id=user_id).username
        if not self.check_password(username=name, password=old, address=address, browser=browser):
            raise InvalidInput("The current password is wrong.", "Type it again.")
        new_hash = hashing.password_hash(new, self.rounds)
        with self.database.transaction() as db:
            user = users.set_password(db, user_id=user_id, password_hash=new_hash, now=self.now())
        self.news.note(user_id, "login")
        return user

    def reset_password(self, *, code: str, password: str, address: str) -> User:
        """Set a new password with a reset code; ends all logins and tokens of that user."""
        hashing.check_new_password(password)
        self._check_code(codes.RESET, code, address)
        password_hash = hashing.password_hash(password, self.rounds)
        with self.database.transaction() as db:
            found = self._take(db, codes.RESET, code)
            user = users.set_password(
                db, user_id=found.user_id or "", password_hash=password_hash, now=self.now()
            )
        self.news.note(user.id, "login")
        return user

    def new_invitation(self, by: Identity, *, role: str = "user") -> str:
        """A code with which somebody new may come in, for a week or as long as ``by`` may."""
        check_admin(by)
        return self._new_code(codes.INVITE, INVITE_DAYS, role=role, made_by=by.user_id)

    def new_reset_code(self, by: Identity, *, user_id: str) -> str:
        """A code with which somebody sets a new password, for a day or as long as ``by`` may."""
        check_admin(by)
        return self._new_code(codes.RESET, RESET_DAYS, user_id=user_id, made_by=by.user_id)

    def new_token(self, by: Identity, *, name: str, days: int | None = None) -> NewToken:
        """A new API token of somebody; the token itself is given only here.

        Raises `Forbidden` for guests, who have no account that outlives a cookie, and for whoever
        comes with a token: it would outlive the one that was revoked.
        """
        if by.token_id:
            raise Forbidden("An API token cannot make API tokens.", "Log in and make it there.")
        if by.role == "guest":
            raise Forbidden("Guests have no API tokens.", "Register to have some.")
        token, now = new_secret(TOKEN_PREFIX), self.now()
        with self.database.transaction() as db:
            users.lock(db, user_id=by.user_id)
            if not by.still_holds(db):
                raise NotSignedIn
            kept = tokens.create(
                db,
                user_id=by.user_id,
                name=name,
                token_hash=hashed(token),
                expires_at=now + timedelta(days=days) if days else None,
                now=now,
            )
        return NewToken(token, kept)

    def _new_code(
        self,
        kind: str,
        days: int,
        *,
        user_id: str | None = None,
        role: str = "user",
        made_by: str | None = None,
    ) -> str:
        code = new_secret()
        now = self.now()
        with self.database.transaction() as db:
            codes.create(
                db,
                kind=kind,
                code_hash=hashed(code),
                expires_at=now + timedelta(days=days),
                user_id=user_id,
                role=role,
                made_by=made_by,
                now=now,
            )
        return code

    def _check_code(self, kind: str, code: str, address: str) -> None:
        with self._counted(_at("code", address)), self.database.reading() as db:
            if codes.look(db, kind=kind, code_hash=_hashed_code(code), now=self.now()) is None:
                raise Forbidden(*BAD_CODE)

    @contextmanager
    def _counted(self, key: str) -> Iterator[None]:
        """Count an attempt, which counts no more if nothing is wrong with it."""
        self.throttle.count(key)
        yield
        self.throttle.give_back(key)

    def _take(self, db: Session, kind: str, code: str) -> Code:
        found = codes.take(db, kind=kind, code_hash=_hashed_code(code), now=self.now())
        if found is None:
            raise Forbidden(*BAD_CODE)
        return found

    def _can_log_in(self, db: Session) -> bool:
        return users.can_log_in(db, passwords=not self.settings.mode.provider)

    def _check_not_set_up(self, db: Session) -> None:
        if self._can_log_in(db):
            raise Forbidden("Parley is set up already.", "Log in.")

    def _end_setup(self, db: Session, user: User, *, hand_over: bool) -> None:
        if hand_over:
            users.hand_over(db, user_id=LOCAL_USER, to_user_id=user.id)
        codes.forget(db, kind=codes.SETUP)
        log.info("set up user=%s handed_over=%s", user.id, hand_over)


def _at(what: str, address: str) -> str:
    """What attempts from there are counted by: who has an IPv6 network has all of its addresses."""
    return f"{what} {budget_unit(address)}"


def _hashed_code(code: str) -> str:
    return hashed(code[:TYPED_MAX].strip())
