"""Figures checked by hand."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from chat.errors import ToolError
from chat.profiles import figures
from chat.profiles.figures import heatmap
from chat.profiles.result import AnalysisResult
from chat.profiles.source import Post

NOW = datetime(2024, 6, 1, tzinfo=UTC)
MONDAY = datetime(2024, 4, 29, 9, 30, tzinfo=UTC)


def compute(posts: list[Post], now: datetime) -> Any:
    """The figures as they are stored."""
    return AnalysisResult(computed=figures.compute(posts, now)).as_json()["computed"]


def at(**later: float) -> datetime:
    return MONDAY + timedelta(**later)


POSTS = [
    Post("1", "Hi #AI #ai #1", at(), likes=1, reposts=0, language="en", mentions=("@b",)),
    Post("2", "x" * 600, at(hours=2), likes=5, reposts=5, links=("https://www.a.example/1",)),
    Post("3", "", at(days=1), likes=None, reposts=2, language="en"),
    Post("4", "#Ai", at(days=14), likes=6, replies=4, language="de", links=("https://a.example",)),
]


def test_all_of_it() -> None:
    found = compute(POSTS, NOW)
    assert json.loads(json.dumps(found)) == found
    moments = [post.created_at.timestamp() for post in reversed(POSTS)]
    assert (found["timezone"], found["times"]) == ("UTC", moments)
    assert found["engagement"] == {
        "likes": {"total": 12, "mean": 4.0, "median": 5.0, "max": 6},
        "reposts": {"total": 7, "mean": 2.33, "median": 2.0, "max": 5},
        "replies": {"total": 4, "mean": 4.0, "median": 4.0, "max": 4},
        "views": None,
    }
    assert [(post["id"], post["engagement"]) for post in found["top_posts"]] == [
        ("4", 10),
        ("2", 10),
        ("3", 2),
        ("1", 1),
    ]
    top = found["top_posts"][1]
    assert (len(top["text"]), top["created_at"], top["views"]) == (
        500,
        "2024-04-29T11:30:00+00:00",
        None,
    )
    assert found["rhythm"] == {
        "per_week": 2.0,
        "median_gap_hours": 22.0,
        "longest_gap_days": 13.0,
        "busiest_day": "Monday",
        "busiest_hour": 9,
        "active_days": 3,
    }
    assert found["length"] == {"mean": 154.0, "median": 8.0, "max": 600}
    assert found["languages"] == {"en": 2, "de": 1}
    assert found["links"] == [["a.example", 2]]
    assert found["mentions"] == [["@b", 1]]
    assert found["hashtags"] == [["#ai", 2]]


def test_a_hashtag_is_whole_before_its_letters_are_small() -> None:
    posts = [Post("1", "#\u0130stanbul", at())]  # its small letter is two characters
    assert compute(posts, NOW)["hashtags"] == [["#\u0130stanbul".lower(), 1]]


def test_nothing_at_all() -> None:
    found = compute([], NOW)
    json.dumps(found)
    assert found["heatmap"] == [[0] * 24] * 7
    assert found["engagement"]["likes"] is None
    assert found["rhythm"]["busiest_day"] is None
    assert (found["times"], found["top_posts"], found["rhythm"]["per_week"]) == ([], [], 0)


def test_one_post() -> None:
    found = compute(POSTS[:1], NOW)
    assert (found["rhythm"]["per_week"], found["rhythm"]["median_gap_hours"]) == (1, None)


def test_many_posts_and_absurd_numbers() -> None:
    posts = [Post(f"{n}", f"t{n}", at(minutes=n), likes=10**12) for n in range(3_000)]
    found = compute(posts, NOW)
    assert found["engagement"]["likes"]["total"] == 3_000 * 10**12
    assert len(found["top_posts"]) == 10
    assert sum(map(sum, found["heatmap"])) == 3_000


def hits(grid: list[list[int]]) -> dict[tuple[int, int], int]:
    return {(d, h): n for d, day in enumerate(grid) for h, n in enumerate(day) if n}


def stamp(*moment: int) -> int:
    return int(datetime(*moment, tzinfo=UTC).timestamp())  # type: ignore[misc, arg-type]


@pytest.mark.parametrize(
    ("zone", "expected"),
    [
        ("UTC", {(5, 23): 2, (6, 1): 2}),
        # Clocks went from 02:00 to 03:00 on Sunday 31 March 2024, and back on 27 October.
        ("Europe/Berlin", {(6, 0): 1, (6, 1): 1, (6, 3): 1, (6, 2): 1}),
        ("America/New_York", {(5, 19): 2, (5, 21): 2}),
        ("Asia/Kathmandu", {(6, 5): 2, (6, 7): 2}),
    ],
)
def test_a_heatmap_where_clocks_change(zone: str, expected: dict[Any, int]) -> None:
    times = [
        stamp(2024, 3, 30, 23, 30),
        stamp(2024, 3, 31, 1, 30),
        stamp(2024, 10, 26, 23, 30),
        stamp(2024, 10, 27, 1, 30),
    ]
    assert hits(heatmap(times, zone)) == expected


@pytest.mark.parametrize(
    "zone", ["Mars/Base", "../../etc/passwd", "\0", "Europe/Berlin ", "x" * 999]
)
def test_no_such_zone(zone: str) -> None:
    with pytest.raises(ToolError, match="no time zone"):
        heatmap([0], zone)
