"""What can be counted without a model: rhythm, engagement, length, links; with pandas.

pandas is imported when it is needed: that takes a second.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from chat.errors import ToolError
from chat.profiles import clean
from chat.profiles.account import Post
from chat.profiles.result import MEASURES, Figures, Lengths, Rhythm, Spread, TopPost

if TYPE_CHECKING:
    import pandas as pd  # type: ignore[import-untyped]

DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
TOP_POSTS, TOP_TEXT, MOST = 10, 500, 15
HOUR, DAY = 3_600, 86_400
_HASHTAG = re.compile(r"(?<![\w&/#])#(?!\d+\b)\w{1,100}")


def compute(posts: Sequence[Post], now: datetime) -> Figures:
    """All figures; what the panel draws."""
    import pandas as pd

    newest = sorted(posts, key=lambda post: post.created_at, reverse=True)
    newest = [post for post in newest if post.created_at <= now + clean.AHEAD]
    times = [int(post.created_at.timestamp()) for post in newest]
    columns = {
        name: pd.array([getattr(post, name) for post in newest], dtype="Int64") for name in MEASURES
    }
    numbers = pd.DataFrame(columns)
    lengths = pd.Series([len(post.text) for post in newest], dtype="int64")
    return Figures(
        timezone="UTC",
        times=tuple(times),
        heatmap=tuple(map(tuple, heatmap(times, "UTC"))),
        engagement={name: _spread(numbers[name].dropna()) for name in MEASURES},
        top_posts=_top(newest, numbers),
        rhythm=_rhythm(times),
        length=Lengths(
            mean=_rounded(lengths.mean()) if times else 0,
            median=_rounded(lengths.median()) if times else 0,
            max=int(lengths.max()) if times else 0,
        ),
        languages=_counted((post.language for post in newest), 30),
        links=_most(clean.host(link) for post in newest for link in post.links),
        mentions=_most(name for post in newest for name in post.mentions),
        hashtags=_most(tag for post in newest for tag in _hashtags(post.text)),
    )


def heatmap(times: Sequence[int], zone: str) -> list[list[int]]:
    """Posts by weekday (Monday first) and hour, as clocks in an IANA zone showed them then."""
    import pandas as pd

    grid = [[0] * 24 for _ in DAYS]
    moments = pd.DatetimeIndex(pd.to_datetime(list(times), unit="s", utc=True))
    try:
        local = moments.tz_convert(zone or "UTC")
    except (KeyError, ValueError, TypeError, OSError):
        text = f"There is no time zone “{zone[:64]}”."
        raise ToolError(text, "Use an IANA name such as Europe/Berlin, or UTC.") from None
    for day, hour in zip(local.day_of_week.tolist(), local.hour.tolist(), strict=True):
        grid[day][hour] += 1
    return grid


def _spread(values: pd.Series) -> Spread | None:
    if values.empty:
        return None
    return Spread(
        total=int(values.sum()),
        mean=_rounded(values.mean()),
        median=_rounded(values.median()),
        max=int(values.max()),
    )


def _top(posts: Sequence[Post], numbers: pd.DataFrame) -> tuple[TopPost, ...]:
    """By likes, reposts and replies together; newer ones first where that is the same."""
    sums = numbers[["likes", "reposts", "replies"]].fillna(0).sum(axis=1)
    best = sums.sort_values(ascending=False, kind="stable").head(TOP_POSTS)
    return tuple(
        TopPost(
            id=posts[at].id,
            url=posts[at].url,
            text=posts[at].text[:TOP_TEXT],
            created_at=posts[at].created_at.isoformat(),
            likes=posts[at].likes,
            reposts=posts[at].reposts,
            replies=posts[at].replies,
            views=posts[at].views,
            engagement=int(engagement),
        )
        for at, engagement in best.items()
    )


def _rhythm(times: Sequence[int]) -> Rhythm:
    import pandas as pd

    moments = pd.to_datetime(pd.Series(list(times), dtype="int64"), unit="s", utc=True)
    gaps = -pd.Series(list(times), dtype="int64").diff().dropna()
    days, hours = Counter(moments.dt.day_of_week), Counter(moments.dt.hour)
    weeks = max(1.0, (times[0] - times[-1]) / DAY / 7) if times else 1.0
    return Rhythm(
        per_week=_rounded(len(times) / weeks),
        median_gap_hours=_rounded(gaps.median() / HOUR) if len(gaps) else None,
        longest_gap_days=_rounded(gaps.max() / DAY) if len(gaps) else None,
        busiest_day=DAYS[_commonest(days)] if times else None,
        busiest_hour=_commonest(hours) if times else None,
        active_days=int(moments.dt.date.nunique()),
    )


def _commonest(counts: Counter[int]) -> int:
    """The first of those that came most often."""
    return int(min(counts, key=lambda value: (-counts[value], value)))


def _hashtags(text: str) -> set[str]:
    return {tag.lower() for tag in _HASHTAG.findall(text)}


def _most(values: Iterable[str]) -> tuple[tuple[str, int], ...]:
    return tuple((name[:100], count) for name, count in _counted(values, MOST))


def _counted(values: Iterable[str], limit: int) -> tuple[tuple[str, int], ...]:
    counts = Counter(value for value in values if value)
    return tuple(sorted(counts.items(), key=lambda pair: (-pair[1], pair[0]))[:limit])


def _rounded(value: float) -> float:
    return round(float(value), 2)
