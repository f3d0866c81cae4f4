"""What later prompts of a session know of its analysis results."""

from __future__ import annotations

from typing import Any

import pytest

from chat.profiles.result import read_result
from chat.profiles.results import summary_for_prompt
from chat.profiles.summary import BEGIN, END
from tests.store.samples import NOON

PRODUCT = {"name": "Cursor", "category": "AI tool", "post_ids": ["1"] * 200}


def row(handle: str, **more: Any) -> dict[str, Any]:
    """A result as it is stored, with little in it."""
    nothing = dict.fromkeys(("likes", "reposts", "replies", "views"))
    rhythm = ("per_week", "median_gap_hours", "longest_gap_days", "busiest_day", "busiest_hour")
    return {
        "handle": handle,
        "source": "bluesky",
        "name": "N",
        "url": "",
        "description": "D" * 900,
        "followers": None,
        "fetched_at": NOON.isoformat(),
        "post_count": 1,
        "first_post_at": None,
        "last_post_at": NOON.isoformat(),
        "notes": ["n" * 2_000] * 9,
        "computed": {
            "engagement": nothing,
            "top_posts": [],
            "rhythm": {**dict.fromkeys(rhythm), "active_days": 1},
            "length": {},
            "languages": {},
            "links": [],
            "mentions": [],
            "hashtags": [],
        },
        "asked": {"status": "complete", "products": [PRODUCT], "style": "S", "drivers": ""},
        "posts": [{"id": "1", "text": "x" * 280, "created_at": NOON.isoformat(), "likes": 1}] * 200,
        **more,
    }


@pytest.mark.parametrize("count", [1, 2, 8, 9, 100])
def test_what_later_prompts_know(count: int) -> None:
    results = [read_result(row(f"h{number}")) for number in range(count)]
    text = summary_for_prompt(results[:8], count)
    assert len(text) <= 6_000
    assert (text.count(BEGIN), text.count(END)) == (1, 1)
    assert all(f"@h{number} on Bluesky" in text for number in range(min(count, 8)))
    assert ("older results" in text) == (count > 8)
    assert "without analyzing again" in text
    assert text.count('"Cursor"') == min(count, 8)


def test_no_results_say_nothing() -> None:
    assert summary_for_prompt([], 0) == ""


def test_a_result_of_another_shape_does_not_end_the_chat() -> None:
    for odd in ({"handle": "old"}, row("old", posts=None), row("old", computed=[])):
        text = summary_for_prompt([read_result(odd), read_result(row("new"))], 2)
        assert '"old": this result is of another version' in text
        assert "@new on Bluesky" in text
