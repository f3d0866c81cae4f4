"""What cards of analysed accounts say and how they are called."""

from __future__ import annotations

from datetime import UTC, datetime

from chat.profiles.result import AnalysisResult
from chat.profiles.results import KeptResult
from chat.ui.labels import handles
from chat.ui.profiles.card import busiest
from chat.ui.profiles.panel import keys


def test_the_busiest_day_and_hour() -> None:
    grid = [[0] * 24 for _ in range(7)]
    assert busiest(grid) is None
    grid[2][9], grid[4][9], grid[4][20] = 1, 1, 1
    assert busiest(grid) == ("Friday", "09:00")


def test_keys_of_cards_are_all_different() -> None:
    """Also where a handle looks like another one with its source."""
    names = [("x", "a"), ("file", "a"), ("file", "a-file"), ("x", "a-x"), ("feed", "a-x")]
    results = [AnalysisResult(source=source, handle=handle) for source, handle in names]
    found = keys([KeptResult(result, datetime.now(UTC)) for result in results])
    assert found == ["a", "a-file", "a-file-file", "a-x", "a-x-feed"]


def test_a_handle_is_no_mailbox() -> None:
    assert handles("@name@instance.social") == "&#64;name:gray[&#64;]instance&#46;social"
