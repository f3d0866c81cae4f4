"""What can be counted without a model: rhythm, engagement, length, links."""

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from itertools import pairwise
from statistics import fmean, median
from zoneinfo import ZoneInfo

from chat.errors import ToolError
from chat.profiles import clean
from chat.profiles.result import MEASURES, Figures, Lengths, Rhythm, Spread, TopPost
from chat.profiles.source import Post

DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
TOP_POSTS, TOP_TEXT, MOST = 10, 500, 15
HOUR, DAY = 3_600, 86_400
_HASHTAG = re.compile(r"(?<![\w&/#])#(?!\d+\b)\w{1,100}")


def compute(posts: Iterable[Post], now: datetime) -> Figures:
    """All figures; what the panel draws."""
    there = (post for post in posts if post.created_at <= now + clean.AHEAD)
    newest = sorted(there, key=lambda post: post.created_at, reverse=True)
    times = tuple(int(post.created_at.timestamp()) for post in newest)
    best = sorted(newest, key=lambda post: post.engagement, reverse=True)  # the newer ones first
    length = _spread(len(post.text) for post in newest) or Spread(mean=0, median=0, max=0)
    return Figures(
        timezone="UTC",
        times=times,
        heatmap=tuple(map(tuple, heatmap(times, "UTC"))),
        engagement={name: _spread(getattr(post, name) for post in newest) for name in MEASURES},
        top_posts=tuple(map(_top, best[:TOP_POSTS])),
        rhythm=_rhythm(times),
        length=Lengths(length.mean, length.median, length.max),
        languages=_most((post.language for post in newest), 30),
        links=_most(clean.host(link) for post in newest for link in post.links),
        mentions=_most(name for post in newest for name in post.mentions),
        hashtags=_most(tag for post in newest for tag in _hashtags(post.text)),
    )


def heatmap(times: Sequence[int], zone: str) -> list[list[int]]:
    """Posts by weekday (Monday first) and hour, as clocks in an IANA zone showed them then."""
    try:
        there = ZoneInfo(zone or "UTC")
    except (KeyError, ValueError, OSError):
        text = f"There is no time zone “{zone[:64]}”."
        raise ToolError(text, "Use an IANA name such as Europe/Berlin, or UTC.") from None
    grid = [[0] * 24 for _ in DAYS]
    for time in times:
        local = datetime.fromtimestamp(time, there)
        grid[local.weekday()][local.hour] += 1
    return grid


def _spread(values: Iterable[int | None]) -> Spread | None:
    found = [value for value in values if value is not None]
    if not found:
        return None
    return Spread(sum(found), _rounded(fmean(found)), _rounded(median(found)), max(found))


def _top(post: Post) -> TopPost:
    counts = {name: getattr(post, name) for name in MEASURES}
    about = post.id, post.url, post.text[:TOP_TEXT], post.created_at.isoformat()
    return TopPost(*about, **counts, engagement=post.engagement)


def _rhythm(times: Sequence[int]) -> Rhythm:
    if not times:
        return Rhythm(per_week=0, active_days=0)
    moments = [datetime.fromtimestamp(time, UTC) for time in times]
    gaps = [later - earlier for later, earlier in pairwise(times)]
    weeks = max(1.0, (times[0] - times[-1]) / DAY / 7)
    return Rhythm(
        per_week=_rounded(len(times) / weeks),
        median_gap_hours=_rounded(median(gaps) / HOUR) if gaps else None,
        longest_gap_days=_rounded(max(gaps) / DAY) if gaps else None,
        busiest_day=DAYS[_commonest(moment.weekday() for moment in moments)],
        busiest_hour=_commonest(moment.hour for moment in moments),
        active_days=len({moment.date() for moment in moments}),
    )


def _hashtags(text: str) -> set[str]:
    return {tag.lower() for tag in _HASHTAG.findall(text)}


def _commonest(values: Iterable[int]) -> int:
    """The first of those that came most often."""
    counts = Counter(values)
    return min(counts, key=lambda value: (-counts[value], value))


def _most(values: Iterable[str], limit: int = MOST) -> tuple[tuple[str, int], ...]:
    counts = Counter(value for value in values if value)
    found = sorted(counts.items(), key=lambda pair: (-pair[1], pair[0]))
    return tuple((name[:100], count) for name, count in found[:limit])


def _rounded(value: float) -> float:
    return round(float(value), 2)
