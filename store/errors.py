"""What can go wrong, in words for the user; here with what is stored, the rest in `chat.errors`.

``message`` says what happened and ``fix`` what to do; ``code`` and ``status`` are for HTTP.
Doors translate them once: the page shows both texts, the API adds the status.
"""

from collections.abc import Sequence
from typing import ClassVar, Self

READ_ONLY_SECONDS = 30.0
"""So long whoever wants to write may wait before trying again."""


class ParleyError(Exception):
    """Something a user can understand and act on; ``str()`` gives message and fix.

    ``said`` are the two where they are always the same. ``field`` names the value that is to
    blame, if any; ``retry_after`` is in seconds, where it is known.
    """

    code: str = "error"
    status: ClassVar[int] = 400
    said: ClassVar[tuple[str, str]] = ("", "")

    def __init__(
        self,
        message: str = "",
        fix: str = "",
        *,
        field: str | None = None,
        retryable: bool = True,
        retry_after: float | None = None,
    ) -> None:
        self.message, self.fix = (message, fix) if message else self.said
        self.field, self.retryable, self.retry_after = field, retryable, retry_after
        super().__init__(f"{self.message} {self.fix}".strip())


class StoreError(ParleyError):
    """Base of the store's own errors."""

    code = "store_error"
    status = 500


class NotFound(StoreError):
    """There is no such thing, or it belongs to somebody else: the two look the same."""

    code = "not_found"
    status = 404


class SessionNotFound(NotFound):
    """No such session for this user."""

    code = "session_not_found"
    said = "There is no such chat.", "It may have been deleted; pick another or start a new one."


class MessageNotFound(NotFound):
    """No such message in this session."""

    code = "message_not_found"
    said = "There is no such message.", "It may have been deleted; reload the page to see."


class UserNotFound(NotFound):
    """No such user."""

    code = "user_not_found"
    said = "There is no such user.", "Reload the page to see who there is."


class TokenNotFound(NotFound):
    """No such API token of this user."""

    code = "token_not_found"
    said = "There is no such API token.", "It may have been revoked already."


class CodeNotFound(NotFound):
    """No such code."""

    code = "code_not_found"
    said = "There is no such code.", "It may have been used or revoked already."


class ShareNotFound(NotFound):
    """No such link of this user, or none that leads anywhere."""

    code = "share_not_found"
    said = (
        "There is no such link.",
        "It may have expired, been revoked or used up; ask who sent it to you.",
    )


class PersonaNotFound(NotFound):
    """No such persona of this user."""

    code = "persona_not_found"
    said = "There is no such persona of yours.", "It may have been deleted already."


class FolderNotFound(NotFound):
    """No such folder of this user."""

    code = "folder_not_found"
    said = "There is no such folder.", "It may have been deleted; choose another, or make one."


class RuleNotFound(NotFound):
    """No such rule of retention."""

    code = "rule_not_found"
    said = "There is no such rule.", "It may have been removed; reload the page to see."


class FileNotHere(NotFound):
    """No such file of this user."""

    code = "file_not_found"
    said = "There is no such file.", "It may have been removed; attach it again."

    @classmethod
    def named(cls, missing: Sequence[str]) -> Self:
        """The same with ids or names of those that are not there; without any as it is."""
        if not missing:
            return cls()
        is_one, named = len(missing) == 1, ", ".join(missing)
        message = f"There {'is no such file' if is_one else 'are no such files'}: {named}."
        it, they = ("it", "It") if is_one else ("them", "They")
        return cls(message, f"{they} may have been removed; attach {it} again, or send without.")


class ResultNotFound(NotFound):
    """No such table or chart of this message."""

    code = "result_not_found"
    said = "There is no such result.", "Reload the page to see what there is."


class Refused(StoreError):
    """The value cannot be stored as it is."""

    code = "invalid_input"
    status = 422


class Conflict(StoreError):
    """It does not fit with what is stored now."""

    code = "conflict"
    status = 409


class RulesUnreadable(Conflict):
    """What is kept as rules of retention are none."""

    code = "rules_unreadable"
    said = "The rules cannot be read, so none applies.", "Remove all of them, then add them anew."


class StorageUnavailable(StoreError):
    """The database cannot be used right now; nothing was changed."""

    code = "storage_unavailable"
    status = 503


class ReadOnly(StorageUnavailable):
    """Nothing of people's is written for a while; the operator wants it so."""

    code = "read_only"

    @classmethod
    def saying(cls, words: str) -> Self:
        """With what people are told meanwhile."""
        return cls(words, "Try again later.", retry_after=READ_ONLY_SECONDS)


class CannotOpen(StoreError):
    """The database cannot be opened at all; the process must not start with it."""

    code = "cannot_open"
