"""What people change of their own accounts, and administrators of others'; each with its rule."""

import re
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime

from chat.errors import InvalidInput
from chat.news import News
from chat.people.identity import Identity, check_admin
from chat.turns.service import Turns
from store import codes, preferences, tokens, users
from store.database import Database
from store.errors import StoreError
from store.types import utc_now
from store.users import UserChanges

_EMAIL = re.compile(r"[^@\s]+@[^@\s]+")


@dataclass(frozen=True, slots=True)
class Members:
    """The use cases on users; raise the store's errors.

    ``sweep`` removes the bytes of files that went with somebody.
    """

    database: Database
    turns: Turns
    news: News
    now: Callable[[], datetime] = utc_now
    sweep: Callable[[], object] = lambda: None

    def change_profile(self, user_id: str, changes: UserChanges) -> None:
        """Another name or email of somebody's own; raises `InvalidInput` for what is no email."""
        email = changes.get("email")
        if email and not _EMAIL.fullmatch(email):
            raise InvalidInput("This is not an email address.", "Correct it or leave it empty.")
        with self.database.transaction() as db:
            users.change(db, user_id=user_id, **changes)

    def prefer_last_chat(self, user_id: str, wanted: bool) -> None:
        """Whether the bare address opens the chat that they used last."""
        with self.database.transaction() as db:
            preferences.keep(db, user_id=user_id, name=preferences.OPEN_LAST_CHAT, value=wanted)

    def log_out_everywhere(self, user_id: str) -> None:
        """End all logins and API tokens of somebody's own."""
        with self.database.transaction() as db:
            users.log_out_everywhere(db, user_id=user_id, now=self.now())
        self.news.note(user_id, "login")

    def revoke_token(self, by: Identity, user_id: str, token_id: str) -> None:
        """End one API token of somebody's own, or, for administrators, of anybody."""
        if user_id != by.user_id:
            check_admin(by)
        with self.database.transaction() as db:
            tokens.revoke(db, user_id=user_id, token_id=token_id)

    def revoke_all_tokens(self, user_id: str) -> int:
        """End all API tokens of somebody's own; how many."""
        with self.database.transaction() as db:
            found = tokens.listed(db, user_id=user_id)
            for token in found:
                tokens.revoke(db, user_id=user_id, token_id=token.id)
        return len(found)

    def revoke_code(self, by: Identity, code_hash: str) -> None:
        """End an invitation or a reset code, whoever made it; for administrators."""
        check_admin(by)
        with self.database.transaction() as db:
            codes.revoke(db, code_hash=code_hash)

    def set_role(self, by: Identity, user_id: str, role: str) -> None:
        """Make somebody ``admin`` or ``user``; for administrators."""
        check_admin(by)
        with self.database.transaction() as db:
            if role != "admin":
                codes.end_of(db, made_by=user_id)
            users.set_role(db, user_id=user_id, role=role)
        self.news.note(user_id, "login")

    def set_disabled(self, by: Identity, user_id: str, *, disabled: bool) -> None:
        """Keep somebody out, at once and everywhere, or let them in again; for administrators."""
        check_admin(by)
        with self.database.transaction() as db:
            if disabled:
                codes.end_of(db, made_by=user_id)
            users.set_disabled(db, user_id=user_id, disabled=disabled, now=self.now())
        self.news.note(user_id, "login")

    def remove(self, by: Identity, user_id: str) -> None:
        """Remove somebody with all that is theirs, and stop what is being answered for them.

        For themselves, and for administrators.
        """
        if user_id != by.user_id:
            check_admin(by)
        with self.database.transaction() as db:
            codes.end_of(db, made_by=user_id)
            users.remove(db, user_id=user_id)
        self.news.note(user_id, "login")
        self.turns.stop_all(user_id)
        with suppress(StoreError, OSError):  # what stays goes with the next upkeep
            self.sweep()
