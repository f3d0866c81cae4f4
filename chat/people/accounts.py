"""What people do with their accounts: set up, log in, register, change and reset passwords.

Passwords are hashed with bcrypt. Attempts are slowed down per user and per address; an unknown
user takes as long as a known one. Every method opens its own transaction.
"""

import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import bcrypt

from chat.config import Settings
from chat.errors import Forbidden, InvalidInput
from chat.news import News
from chat.people.identity import TOKEN_PREFIX, hashed, new_secret
from chat.people.throttle import Throttle
from store import codes, tokens, users
from store.database import Database, Session
from store.types import utc_now
from store.users import LOCAL_USER
from store.values import ApiToken, Code, User

PASSWORD_MIN = 8
PASSWORD_MAX_BYTES = 72
SETUP_DAYS, INVITE_DAYS, RESET_DAYS = 7, 7, 1
BAD_CODE = (
    "The code is wrong, used or expired.",
    "Check it; for a new one, ask an administrator or look into the server's log.",
)
_NOBODY = "$2b$12$gYtagWLVL0uOZ5Anj/BJl.HL1Lo.XNrws33VJcdTzmbc8N4tzTHvW"
"""The hash that a password is compared with when there is no such user."""

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
        """Whether nobody can log in yet."""
        with self.database.reading() as db:
            return users.count(db) == 0

    def new_setup_code(self) -> str:
        """A code that makes the first administrator; an earlier one stops working."""
        return self._new_code(codes.SETUP, SETUP_DAYS, role="admin")

    def set_up(
        self, *, code: str, username: str, password: str, address: str, hand_over: bool
    ) -> User:
        """Make the first administrator; with ``hand_over`` the local user's chats become theirs."""
        password_hash = self.hash(password)
        self._check_code(codes.SETUP, code, address)
        with self.database.transaction() as db:
            if users.count(db):
                raise Forbidden("Parley is set up already.", "Log in.")
            self._take(db, codes.SETUP, code)
            user = users.create(
                db, username=username, password_hash=password_hash, role="admin", now=self.now()
            )
            if hand_over:
                users.hand_over(db, user_id=LOCAL_USER, to_user_id=user.id)
            codes.forget(db, kind=codes.SETUP)
        log.info("set up user=%s handed_over=%s", user.id, hand_over)
        return user

    def check_password(self, *, username: str, password: str, address: str) -> bool:
        """Whether this is somebody's password; raises `TooMany` after too many wrong ones."""
        keys = (f"user {users.folded(username)}", f"address {address}")
        self.throttle.check(*keys)
        with self.database.reading() as db:
            stored = users.password_hash(db, username=username)
            user = users.by_username(db, username=username)
        fits = bcrypt.checkpw(_bytes(password)[:PASSWORD_MAX_BYTES], (stored or _NOBODY).encode())
        if fits and stored and user and user.disabled_at is None:
            self.throttle.succeeded(*keys)
            return True
        self.throttle.failed(*keys)
        log.warning("login refused address=%s", address)
        return False

    def register(
        self, *, username: str, password: str, address: str, code: str = "", display_name: str = ""
    ) -> User:
        """A new user, as far as ``PARLEY_REGISTRATION`` allows; `Forbidden` says when not."""
        open_to_all = self.settings.registration == "open"
        if self.settings.registration == "closed" or (not open_to_all and not code):
            raise Forbidden("Registration is closed.", "Ask an administrator for an invitation.")
        password_hash = self.hash(password)
        if code:
            self._check_code(codes.INVITE, code, address)
        with self.database.transaction() as db:
            invited = self._take(db, codes.INVITE, code) if code else None
            return users.create(
                db,
                username=username,
                password_hash=password_hash,
                display_name=display_name,
                role=invited.role if invited else "user",
                now=self.now(),
            )

    def change_password(self, *, user_id: str, old: str, new: str, address: str) -> None:
        """Another password for somebody who knows the old one; ends all their logins."""
        new_hash = self.hash(new)
        with self.database.reading() as db:
            user = users.get(db, user_id=user_id)
        if not self.check_password(username=user.username, password=old, address=address):
            raise InvalidInput("The current password is wrong.", "Type it again.")
        with self.database.transaction() as db:
            users.set_password(db, user_id=user_id, password_hash=new_hash, now=self.now())
        self.news.note(user_id, "login")

    def new_invitation(self, *, role: str = "user") -> str:
        """A code with which somebody new may register, for a week."""
        return self._new_code(codes.INVITE, INVITE_DAYS, role=role)

    def new_reset_code(self, *, user_id: str) -> str:
        """A code with which somebody sets a new password, for a day."""
        return self._new_code(codes.RESET, RESET_DAYS, user_id=user_id)

    def reset_password(self, *, code: str, password: str, address: str) -> User:
        """Set a new password with a reset code; ends all logins of that user."""
        password_hash = self.hash(password)
        self._check_code(codes.RESET, code, address)
        with self.database.transaction() as db:
            found = self._take(db, codes.RESET, code)
            user = users.set_password(
                db, user_id=found.user_id or "", password_hash=password_hash, now=self.now()
            )
        self.news.note(user.id, "login")
        return user

    def new_token(self, *, user_id: str, name: str, days: int | None = None) -> NewToken:
        """A new API token of somebody; the token itself is given only here.

        Raises `Forbidden` for guests, who have no account that outlives a cookie.
        """
        token = new_secret(TOKEN_PREFIX)
        now = self.now()
        with self.database.transaction() as db:
            if users.get(db, user_id=user_id).role == "guest":
                raise Forbidden("Guests have no API tokens.", "Register to have some.")
            kept = tokens.create(
                db,
                user_id=user_id,
                name=name,
                token_hash=hashed(token),
                expires_at=now + timedelta(days=days) if days else None,
                now=now,
            )
        return NewToken(token, kept)

    def hash(self, password: str) -> str:
        """The bcrypt hash of a new password; raises `InvalidInput` for one that will not do."""
        if len(password) < PASSWORD_MIN:
            raise InvalidInput(
                "The password is too short.", f"Use at least {PASSWORD_MIN} characters."
            )
        if len(_bytes(password)) > PASSWORD_MAX_BYTES or "\0" in password:
            raise InvalidInput(
                "The password is too long.", f"Use at most {PASSWORD_MAX_BYTES} bytes."
            )
        return bcrypt.hashpw(_bytes(password), bcrypt.gensalt(self.rounds)).decode()

    def _new_code(
        self, kind: str, days: int, *, user_id: str | None = None, role: str = "user"
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
                now=now,
            )
        return code

    def _check_code(self, kind: str, code: str, address: str) -> None:
        key = f"code {address}"
        self.throttle.check(key)
        with self.database.reading() as db:
            good = codes.look(db, kind=kind, code_hash=hashed(code.strip()), now=self.now())
        if good is None:
            self.throttle.failed(key)
            raise Forbidden(*BAD_CODE)

    def _take(self, db: Session, kind: str, code: str) -> Code:
        found = codes.take(db, kind=kind, code_hash=hashed(code.strip()), now=self.now())
        if found is None:
            raise Forbidden(*BAD_CODE)
        return found


def announce_setup(accounts: Accounts) -> None:
    """While there is nobody who could log in: the code that makes the first administrator."""
    if accounts.needs_setup():
        logging.getLogger("parley").warning(
            "Setup code: %s (enter it on the page to make the first administrator; "
            "the next start writes another one)",
            accounts.new_setup_code(),
        )


def _bytes(password: str) -> bytes:
    return password.encode("utf-8", "surrogatepass")
