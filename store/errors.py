"""What can go wrong with what is stored, in words for the user.

``message`` says what happened and ``fix`` what to do; ``code`` and ``status`` are for HTTP.
"""

from __future__ import annotations

from typing import ClassVar


class StoreError(Exception):
    """Base of the store's errors; ``str()`` gives message and fix."""

    code: ClassVar[str] = "store_error"
    status: ClassVar[int] = 500

    def __init__(self, message: str, fix: str = "") -> None:
        super().__init__(f"{message} {fix}".strip())
        self.message = message
        self.fix = fix


class NotFound(StoreError):
    """There is no such thing, or it belongs to somebody else: the two look the same."""

    code = "not_found"
    status = 404


class SessionNotFound(NotFound):
    """No such session for this user."""

    code = "session_not_found"

    def __init__(self) -> None:
        super().__init__(
            "There is no such chat.", "It may have been deleted; pick another or start a new one."
        )


class MessageNotFound(NotFound):
    """No such message in this session."""

    code = "message_not_found"

    def __init__(self) -> None:
        super().__init__(
            "There is no such message.", "It may have been deleted; reload the page to see."
        )


class UserNotFound(NotFound):
    """No such user."""

    code = "user_not_found"

    def __init__(self) -> None:
        super().__init__("There is no such user.", "Reload the page to see who there is.")


class TokenNotFound(NotFound):
    """No such API token of this user."""

    code = "token_not_found"

    def __init__(self) -> None:
        super().__init__("There is no such API token.", "It may have been revoked already.")


class PersonaNotFound(NotFound):
    """No such persona of this user."""

    code = "persona_not_found"

    def __init__(self) -> None:
        super().__init__("There is no such persona of yours.", "It may have been deleted already.")


class Refused(StoreError):
    """The value cannot be stored as it is."""

    code = "invalid_input"
    status = 422


class Conflict(StoreError):
    """It does not fit with what is stored now."""

    code = "conflict"
    status = 409


class StorageUnavailable(StoreError):
    """The database cannot be used right now; nothing was changed."""

    code = "storage_unavailable"
    status = 503


class CannotOpen(StoreError):
    """The database cannot be opened at all; the process must not start with it."""

    code = "cannot_open"
