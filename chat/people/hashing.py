"""What is kept in place of a password, a token or a code."""

import hashlib
import secrets

import bcrypt

from chat.errors import InvalidInput

PASSWORD_MIN = 8
PASSWORD_MAX_BYTES = 72
_NOBODY = "$2b$12$gYtagWLVL0uOZ5Anj/BJl.HL1Lo.XNrws33VJcdTzmbc8N4tzTHvW"
"""The hash that a password is compared with when there is no such user."""


def check_new_password(password: str) -> None:
    """Raise `InvalidInput` for a password that will not do."""
    if len(password) < PASSWORD_MIN:
        raise InvalidInput("The password is too short.", f"Use at least {PASSWORD_MIN} characters.")
    if len(_bytes(password)) > PASSWORD_MAX_BYTES or "\0" in password:
        raise InvalidInput("The password is too long.", f"Use at most {PASSWORD_MAX_BYTES} bytes.")


def password_hash(password: str, rounds: int) -> str:
    """The bcrypt hash of a new password: a quarter of a second of work, so it comes last."""
    return bcrypt.hashpw(_bytes(password), bcrypt.gensalt(rounds)).decode()


def fits(password: str, stored: str | None) -> bool:
    """Whether it is the password; without one it takes as long to say that it is not."""
    same = bcrypt.checkpw(_bytes(password)[:PASSWORD_MAX_BYTES], (stored or _NOBODY).encode())
    return same and stored is not None


def new_secret(prefix: str = "") -> str:
    """A secret nobody guesses, to be shown once; keep only its `hashed`."""
    return prefix + secrets.token_urlsafe(32)


def hashed(secret: str) -> str:
    """What is kept of a token or code: SHA-256, hex. They are random, so no salt is needed."""
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).hexdigest()


def _bytes(password: str) -> bytes:
    return password.encode("utf-8", "surrogatepass")
