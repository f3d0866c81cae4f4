"""Values from outside made safe: whatever type came, the result has the one that is promised."""

from __future__ import annotations

import hashlib
import math
import re
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import urlsplit

from chat.web import html

TEXT_MAX = 10_000
URL_MAX = 500
COUNT_MAX = 10**12
OLDEST = datetime(1990, 1, 1, tzinfo=UTC)
AHEAD = timedelta(days=1)

_UNWANTED = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\ufeff]")
_LINK = re.compile(r"https?://[^\s<>\"'`]{1,500}", re.IGNORECASE)
_MENTION = re.compile(r"(?<![\w@./])@[A-Za-z0-9_](?:[\w.-]{0,98}\w)?(?:@[\w.-]{0,98}\w)?")
_SLASHED = re.compile(r"\d{4}/\d{1,2}/\d{1,2}\b")


def record(value: object) -> Mapping[str, Any]:
    """The JSON object; an empty one for anything else."""
    return value if isinstance(value, dict) else {}


def items(value: object) -> list[Any]:
    """The JSON array; an empty one for anything else."""
    return value if isinstance(value, list) else []


def text(value: object, limit: int = TEXT_MAX) -> str:
    """Text without NUL, control characters and half surrogate pairs, cut at ``limit``."""
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return ""
    return _UNWANTED.sub("", str(value)[: limit * 2].replace("\r\n", "\n")).strip()[:limit].strip()


def line(value: object, limit: int = 200) -> str:
    """Text on one line."""
    return " ".join(text(value, limit * 2).split())[:limit].strip()


def count(value: object) -> int | None:
    """A number of likes and the like, also written "1,234"; None when it is none, or absurd."""
    if isinstance(value, str):
        digits = re.sub(r"[,_ \u00a0]", "", value.strip())
        number = float(digits) if re.fullmatch(r"\d{1,20}(\.\d{1,9})?", digits) else math.nan
    elif isinstance(value, int | float) and not isinstance(value, bool):
        number = float(value) if abs(value) <= COUNT_MAX else math.nan
    else:
        return None
    return int(number) if 0 <= number <= COUNT_MAX else None


def moment(value: object, now: datetime) -> datetime | None:
    """The time in UTC, from ISO 8601, RFC 2822, X's own way or Unix seconds or milliseconds.

    Without a zone it is taken as UTC. None when it is no time, before 1990 or in the future.
    """
    found = _unix(value) if isinstance(value, int | float) else _written(value)
    if found is None:
        return None
    try:
        found = (found if found.tzinfo else found.replace(tzinfo=UTC)).astimezone(UTC)
    except (OverflowError, ValueError):
        return None
    return found if OLDEST <= found <= now + AHEAD else None


def _of_x(written: str) -> datetime:
    return datetime.strptime(written, "%a %b %d %H:%M:%S %z %Y")


def _unix(value: float) -> datetime | None:
    try:
        seconds = float(value) / 1000 if abs(value) > 10**11 else float(value)
        return None if isinstance(value, bool) else datetime.fromtimestamp(seconds, UTC)
    except (OverflowError, ValueError, OSError):
        return None


def _written(value: object) -> datetime | None:
    written = line(value, 64)
    if not written:
        return None
    if re.fullmatch(r"\d{9,13}(\.\d{1,9})?", written):
        return _unix(float(written))
    if _SLASHED.match(written):
        written = written.replace("/", "-", 2)
    readers = (
        datetime.fromisoformat,
        _of_x,
        parsedate_to_datetime,
    )
    for read in readers:
        try:
            return read(written)
        except (ValueError, TypeError, OverflowError, IndexError):
            continue
    return None


def web_url(value: object) -> str:
    """An http(s) address; empty for anything else."""
    found = value.strip() if isinstance(value, str) else ""
    if len(found) > URL_MAX or not re.fullmatch(r"(?i)https?://[!-~\u00a1-\ud7ff]+", found):
        return ""
    return found if host(found) else ""


def host(url: str) -> str:
    """The address's host without "www."; empty when there is none."""
    try:
        name = urlsplit(url).hostname or ""
    except ValueError:
        return ""
    return name.removeprefix("www.")


def identifier(value: object) -> str:
    """An id that is safe everywhere: as it came when it is short and plain, else its hash."""
    found = text(value, 2_000)
    if not found or re.fullmatch(r"[A-Za-z0-9_.:-]{1,64}", found):
        return found
    return hashlib.sha256(found.encode()).hexdigest()[:20]


def links(written: str, more: Iterable[object] = ()) -> tuple[str, ...]:
    """Addresses in a text, and others that came beside it; each once, at most 20."""
    in_text = (found.rstrip(".,;:!?)]}…") for found in _LINK.findall(written))
    good = (web_url(one) for one in (*more, *in_text))
    return tuple(dict.fromkeys(one for one in good if one))[:20]


def mentions(written: str, more: Iterable[object] = ()) -> tuple[str, ...]:
    """Handles with their @ in lower case, from a text and from beside it; at most 20."""
    beside = (f"@{line(one, 100).lstrip('@')}" for one in more)
    found = (one.lower() for one in (*beside, *_MENTION.findall(written)))
    return tuple(dict.fromkeys(one for one in found if len(one) > 1))[:20]


def language(value: object) -> str:
    """The two or three letters of a language tag; empty when it is none."""
    written = line(value, 20) if isinstance(value, str) else ""
    found = re.match(r"([A-Za-z]{2,3})(?![A-Za-z])", written)
    code = found[1].lower() if found else ""
    return "" if code in {"und", "zxx", "qme", "qst", "qht", "qam", "qct"} else code


def plain(markup: object) -> str:
    """HTML as text, at most one empty line together; links kept as their text."""
    if not isinstance(markup, str):
        return ""
    lines = html.plain(markup).split("\n")
    return text(re.sub(r"\n{3,}", "\n\n", "\n".join(one.strip() for one in lines)))
