"""Values from outside made safe: whatever type came, the result has the one that is promised."""

import hashlib
import math
import re
from collections.abc import Iterable
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from urllib.parse import urlsplit

from chat.profiles.result import MEASURES
from chat.profiles.source import Post
from chat.web import html

TEXT_MAX = 10_000
URL_MAX = 500
COUNT_MAX = 10**12
OLDEST = datetime(1990, 1, 1, tzinfo=UTC)
AHEAD = timedelta(days=1)

_UNWANTED = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\ufeff]")
_LINK = re.compile(r"https?://[^\s<>\"'`]{1,500}", re.IGNORECASE)
_MENTION = re.compile(r"(?<![\w@./])@[A-Za-z0-9_](?:[\w.-]{0,98}\w)?(?:@[\w.-]{0,98}\w)?")
_YEAR = re.compile(r"(?<!\d)(?:19|20)\d\d(?!\d)")
_YEAR_LAST = re.compile(r"(\d{1,2})([./-])\d{1,2}\2(?:19|20)\d\d(?!\d)")
_WEST_OF_UTC = {"EST": 5, "EDT": 4, "CST": 6, "CDT": 5, "MST": 7, "MDT": 6, "PST": 8, "PDT": 7}


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
    """The time in UTC; None when it is no time, before 1990 or in the future. See `time_of`."""
    found = time_of(value)
    return found if found and found <= now + AHEAD else None


def time_of(value: object, *, day_first: bool = False) -> datetime | None:
    """The time in UTC, from Unix seconds or milliseconds, ISO 8601, or as `dateutil` reads it.

    Without a zone it is taken as UTC. Of what can be a day and a month the month comes first
    unless ``day_first``, or points separate them. None when day, month or year (of four digits)
    is missing, or for a time before 1990.
    """
    try:
        found = _unix(value) if isinstance(value, int | float) else _written(value, day_first)
        found = (found if found.tzinfo else found.replace(tzinfo=UTC)).astimezone(UTC)
    except (ArithmeticError, ValueError, OSError):
        return None
    return found if found >= OLDEST else None


def is_day_first(values: Iterable[object]) -> bool:
    """Whether one of these times can only begin with its day, as 31/12/2024 does."""
    found = (_YEAR_LAST.match(line(value, 64)) for value in values)
    return any(int(one[1]) > 12 for one in found if one)


def _unix(value: float) -> datetime:
    if isinstance(value, bool):
        raise ValueError
    return datetime.fromtimestamp(float(value) / 1000 if abs(value) > 10**11 else value, UTC)


def _written(value: object, day_first: bool) -> datetime:
    written = line(value, 64)
    if re.fullmatch(r"\d{9,13}(\.\d{1,9})?", written):
        return _unix(float(written))
    for read in (datetime.fromisoformat, _of_x):
        with suppress(ValueError):
            return read(written)
    return _guessed(written, day_first)


def _of_x(written: str) -> datetime:
    """Ten times as fast as `dateutil`: an archive has many of them."""
    return datetime.strptime(written, "%a %b %d %H:%M:%S %z %Y")


def _guessed(written: str, day_first: bool) -> datetime:
    """What dateutil makes of it; raises `ValueError` for what is not there or not known."""
    from dateutil.parser import parse  # for few posts; a start does not wait for it

    # To dateutil GMT+2 is west of Greenwich, and words in brackets are an error.
    written = re.sub(r"(?:GMT|UTC)(?=[+-]\d)", "", written).partition("(")[0]
    if not _YEAR.search(written):
        raise ValueError
    dotted = _YEAR_LAST.match(written)
    day_first = day_first or (dotted is not None and dotted[2] == ".")

    def read(missing: int) -> datetime:
        instead = datetime(missing, missing, missing, tzinfo=UTC)
        return parse(written, default=instead, dayfirst=day_first, tzinfos=_offset)

    found = read(1)
    if 1 in {found.month, found.day} and found != read(2):
        raise ValueError
    return found


def _offset(name: str | None, seconds: int | None) -> int | None:
    if name is None or seconds is not None:
        return seconds
    if name not in _WEST_OF_UTC:
        raise ValueError
    return -3600 * _WEST_OF_UTC[name]


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


def post(
    id_: object,
    text: str,
    created_at: datetime | None,
    *,
    url: object = "",
    counts: Iterable[object] = (),
    spoken: object = "",
    links: tuple[str, ...] = (),
    mentions: tuple[str, ...] = (),
    is_repost: bool = False,
) -> Post | None:
    """None without an id or a time; ``counts`` are of `MEASURES`, ``spoken`` is a language tag."""
    found = identifier(id_)
    if not found or created_at is None:
        return None
    measures = dict(zip(MEASURES, map(count, counts), strict=False))
    return Post(
        found,
        text,
        created_at,
        web_url(url),
        **measures,
        language=language(spoken),
        links=links,
        mentions=mentions,
        is_repost=is_repost,
    )
