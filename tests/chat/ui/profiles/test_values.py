"""Stored results of every shape: what is there is read, the rest is left out."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from chat.ui.labels import handles
from chat.ui.profiles import values
from chat.ui.profiles.card import Analysed, busiest
from chat.ui.profiles.panel import keys

NOTHING: tuple[Any, ...] = (None, "x", 7, True, [], ["x"], {}, {"asked": []})


@pytest.mark.parametrize("value", NOTHING)
def test_nothing_is_read_from_what_is_something_else(value: Any) -> None:
    record = values.record(value)
    assert values.times(record) == []
    assert values.products(record) is None
    assert values.record(value, "computed", "rhythm") == {}
    assert values.records(value) == []
    assert values.counted(value, 4) == []
    assert values.text(value) in ("", "x")


def test_what_is_there_is_read() -> None:
    result = {
        "computed": {"times": [0, 5.5, "x", None, True, float("nan"), -1, 1e12]},
        "asked": {"status": "complete", "products": [{"name": "A"}, {"name": " "}, 4]},
    }
    assert values.times(result) == [0, 5]
    assert values.products(result) == [("A", "Other", 0)]
    assert values.counted({"en": 2, "de": "x"}, 4) == [("en", 2)]
    assert values.counted([["a", 1], ["b"], "cd", ["e", 3]], 1) == [("a", 1)]


def test_the_busiest_day_and_hour() -> None:
    grid = [[0] * 24 for _ in range(7)]
    assert busiest(grid) is None
    grid[2][9], grid[4][9], grid[4][20] = 1, 1, 1
    assert busiest(grid) == ("Friday", "09:00")


def test_keys_of_cards_are_all_different() -> None:
    """Also where a handle looks like another one with its source."""
    names = [("x", "a"), ("file", "a"), ("file", "a-file"), ("x", "a-x"), ("feed", "a-x")]
    found = keys([Analysed(source, handle, {}, datetime.now(UTC)) for source, handle in names])
    assert found == ["a", "a-file", "a-file-file", "a-x", "a-x-feed"]


def test_a_handle_is_no_mailbox() -> None:
    assert handles("@name@instance.social") == "&#64;name:gray[&#64;]instance&#46;social"
