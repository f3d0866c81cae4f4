"""Guests: each browser is somebody, by a signed cookie; the user is made when it comes back."""

from contextlib import suppress
from datetime import timedelta
from uuid import uuid4

from chat.people.signing import Signing
from store import users
from store.database import Database
from store.errors import Conflict
from store.texts import is_id
from store.values import User

GUEST_COOKIE = "parley_guest"
GUEST_DAYS = 30


class Guests:
    """Gives and reads their cookies; every method opens its own transaction."""

    def __init__(self, signing: Signing, database: Database) -> None:
        self._signing = signing
        self._database = database

    def new_cookie(self) -> str:
        """A new guest's cookie."""
        expires = self._signing.now() + timedelta(days=GUEST_DAYS)
        return self._signing.signed(expires, guest=uuid4().hex)

    def knows(self, cookie: str) -> bool:
        """Whether a browser needs no new one."""
        return bool(self._id(cookie))

    def by_cookie(self, cookie: str) -> User | None:
        """Whose cookie it is."""
        guest = self._id(cookie)
        if not guest:
            return None
        with self._database.reading() as db:
            user = users.by_username(db, username=f"guest-{guest}")
        return user or self._make(guest)

    def _id(self, cookie: str) -> str:
        *_, (guest,) = self._signing.said(cookie, "guest")
        return guest if is_id(guest) else ""

    def _make(self, guest: str) -> User | None:
        name = f"guest-{guest}"
        with self._database.transaction() as db:
            with suppress(Conflict):  # made by another request of theirs at this moment
                users.create(
                    db,
                    username=name,
                    display_name=f"Guest {guest[:4]}",
                    role="guest",
                    user_id=guest,
                    now=self._signing.now(),
                )
            return users.by_username(db, username=name)
