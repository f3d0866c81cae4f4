"""What a browser keeps and cannot change: JWTs (HS256 only), signed with one key per database."""

import secrets
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from chat.config import Settings
from store.database import Database
from store.kept import keep
from store.texts import repaired

COOKIE_MAX = 4096
CLOCKS_DIFFER = timedelta(minutes=2)
NEVER = datetime.min.replace(tzinfo=UTC)


class Signing:
    """Signs texts and reads them again."""

    def __init__(self, settings: Settings, database: Database, now: Callable[[], datetime]) -> None:
        self.now = now
        given = settings.cookie_key
        self._key = given.get_secret_value() if given else _kept_key(database)

    def signed(self, expires: datetime, **texts: str) -> str:
        """The texts, until then."""
        import jwt  # with its cryptography a tenth of the time that a start takes

        times = {"exp_date": expires.timestamp(), "iat": self.now().timestamp()}
        return jwt.encode({**texts, **times}, self._key, algorithm="HS256")

    def said(self, value: str, *names: str) -> tuple[datetime, datetime, list[str]]:
        """When it was signed and ends, and these texts; empty where it is not good."""
        nothing = (NEVER, NEVER, [""] * len(names))
        if not value or len(value) > COOKIE_MAX:
            return nothing
        import jwt

        try:
            # PyJWT would look at its own clock, and another server's may be a little ahead.
            said = jwt.decode(value, self._key, ["HS256"], {"verify_iat": False})
            issued, expires = moment(said["iat"]), moment(said["exp_date"])
        except (jwt.InvalidTokenError, KeyError, TypeError, ValueError, OverflowError, OSError):
            return nothing
        if not issued - CLOCKS_DIFFER <= self.now() < expires:
            return nothing
        texts = (said.get(name) for name in names)
        return issued, expires, [repaired(text) if isinstance(text, str) else "" for text in texts]


def moment(seconds: object) -> datetime:
    """Of Unix seconds; raises what JSON's other values and absurd numbers deserve."""
    if isinstance(seconds, bool) or not isinstance(seconds, int | float):
        raise TypeError
    return datetime.fromtimestamp(seconds, UTC)


def _kept_key(database: Database) -> str:
    with database.transaction(even_read_only=True) as db:
        return keep(db, name="cookie_key", make=lambda: secrets.token_urlsafe(48))
