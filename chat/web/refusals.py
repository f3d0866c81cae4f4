"""What a server's refusal means, in words for people."""

from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from chat.web.pages import WebError

_DAY = 86_400


def refusal(label: str, status: int, headers: Mapping[str, str]) -> WebError:
    """The error for an answer with a status from 400; ``label`` is the host."""
    wait = retry_after(headers.get("retry-after", ""))
    asks = f" It asks to wait {in_words(wait)}." if wait else ""
    if status == 429 or status >= 500:
        why = "takes no more questions for now" if status == 429 else "does not work right now"
        text = f"{label} {why} ({status}).{asks}"
        fix = "Try again after that." if wait else "Try again later."
        return WebError(text, fix, http_status=status, retryable=True, retry_after=wait)
    what, fix = {
        401: ("wants a login or a key that is not there or not valid", "Check the key for it."),
        403: ("does not allow this", "Check whether it is public, and the key for it."),
        404: ("has no such page", "Check the name or the address."),
        410: ("no longer has this page", "Look for another one."),
    }.get(status, ("did not understand what was asked", "Check the name or the address."))
    return WebError(f"{label} {what} ({status}).", fix, http_status=status)


def retry_after(text: str, now: datetime | None = None) -> float | None:
    """Seconds from a ``Retry-After`` header, which has seconds or a date; None if it has none."""
    text = text.strip()
    if text.isascii() and text.isdigit():
        return float(text[:12])
    try:
        until = parsedate_to_datetime(text)
    except (ValueError, TypeError, OverflowError):
        return None
    until = until if until.tzinfo else until.replace(tzinfo=UTC)
    return max(0.0, (until - (now or datetime.now(UTC))).total_seconds())


def in_words(seconds: float) -> str:
    """About how long that is."""
    for size, name in ((_DAY, "day"), (3600, "hour"), (60, "minute")):
        if seconds >= 1.5 * size:
            return f"about {round(seconds / size)} {name}s"
    return f"{max(1, round(seconds))} second{'s' if seconds >= 1.5 else ''}"
