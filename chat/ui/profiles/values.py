"""Reading a stored result: what is missing or has another shape is left out, and is no error.

Results outlive the version that made them, and were put together from what came from outside.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

LATEST = 9_000_000_000
"""The year 2255; pandas knows no time much later."""


def record(value: Any, *path: str) -> Mapping[str, Any]:
    """The object at that path; an empty one when it is not there."""
    for name in path:
        value = value.get(name) if isinstance(value, Mapping) else None
    return value if isinstance(value, Mapping) else {}


def items(value: Any) -> Sequence[Any]:
    """The list, or an empty one."""
    return value if isinstance(value, list | tuple) else ()


def records(value: Any) -> list[Mapping[str, Any]]:
    """Those of the list that are objects."""
    return [one for one in items(value) if isinstance(one, Mapping)]


def text(value: Any) -> str:
    """The text; empty for what is none."""
    return value.strip() if isinstance(value, str) else ""


def number(value: Any) -> int | float | None:
    """The number; None for what is none."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        return None
    return value


def counted(value: Any, most: int) -> list[tuple[str, int | float]]:
    """Names with their counts, from an object or from a list of pairs."""
    pairs = value.items() if isinstance(value, Mapping) else items(value)
    found = [(str(pair[0]), number(pair[1])) for pair in pairs if len(items(pair)) == 2]
    return [(name, count) for name, count in found if count is not None][:most]


def times(result: Mapping[str, Any]) -> list[int]:
    """When the posts were written, in seconds since 1970."""
    numbers = (number(one) for one in items(record(result, "computed").get("times")))
    return [int(one) for one in numbers if one is not None and 0 <= one < LATEST]


def products(result: Mapping[str, Any]) -> list[tuple[str, str, int]] | None:
    """Name, category and in how many posts; None when no model was asked."""
    asked = record(result, "asked")
    if asked.get("status") != "complete":
        return None
    return [
        (name, text(one.get("category")) or "Other", len(items(one.get("post_ids"))))
        for one in records(asked.get("products"))
        if (name := text(one.get("name")))
    ]
