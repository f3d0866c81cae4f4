"""Texts made from a regular expression itself: what leads up to a repeat, then that repeated."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from functools import partial
from re import _constants as sre  # type: ignore[attr-defined]
from re import _parser  # type: ignore[attr-defined]
from typing import Any

from tests.linear.texts import repeated

MANY = 20
_REPEATS = (sre.MAX_REPEAT, sre.MIN_REPEAT, sre.POSSESSIVE_REPEAT)
_CATEGORIES = {
    sre.CATEGORY_DIGIT: "1",
    sre.CATEGORY_SPACE: " ",
    sre.CATEGORY_WORD: "a",
    sre.CATEGORY_NOT_WORD: "-",
}


def texts(pattern: re.Pattern[str] | re.Pattern[bytes]) -> dict[str, Callable[[int], str]]:
    """By name; with something at the end that makes a match fail, and without."""
    source = pattern.pattern
    text = source.decode("latin-1") if isinstance(source, bytes) else source
    tree = _parser.parse(text, pattern.flags & ~re.UNICODE)
    whole = next(_samples(tree))
    found = {(head, unit) for head, unit in _pumps(list(tree), "") if unit}
    found |= {("", part) for part in (whole, whole[:-1], whole[1:]) if part}
    return {
        f"{head!r}, then {unit!r} × n, then {end!r}": partial(repeated, unit, head, end)
        for head, unit in sorted(found)
        for end in ("", "\x01", "\n\x01")
    }


def _pumps(nodes: list[Any], head: str) -> Iterator[tuple[str, str]]:
    for node in nodes:
        for inner in _inside(node):
            yield from _pumps(list(inner), head)
        if node[0] in _REPEATS and node[1][1] >= MANY:
            yield from ((head, unit) for unit in _samples(node[1][2]))
        head += next(_samples([node]))


def _inside(node: Any) -> list[Any]:
    kind, value = node
    if kind is sre.SUBPATTERN:
        return [value[3]]
    if kind is sre.BRANCH:
        return list(value[1])
    if kind in _REPEATS:
        return [value[2]]
    if kind in (sre.ASSERT, sre.ASSERT_NOT):
        return [value[1]]
    return [value] if kind is sre.ATOMIC_GROUP else []


def _samples(nodes: Any) -> Iterator[str]:
    """One for each way of its last part; the first way of the others."""
    nodes = list(nodes)
    if not nodes:
        yield ""
        return
    head = "".join(next(_samples([node])) for node in nodes[:-1])
    yield from (head + end for end in _ways(*nodes[-1]))


def _ways(kind: Any, value: Any) -> Iterator[str]:
    if kind is sre.LITERAL:
        yield chr(value)
    elif kind is sre.NOT_LITERAL:
        yield "b" if value == ord("a") else "a"
    elif kind is sre.ANY:
        yield from "a "
    elif kind is sre.IN:
        yield from _members(value)
    elif kind in _REPEATS:
        yield from (one * max(value[0], 1) for one in _samples(value[2]))
    elif kind in (sre.SUBPATTERN, sre.BRANCH, sre.ATOMIC_GROUP):
        for inner in _inside((kind, value)):
            yield from _samples(inner)
    else:
        yield ""


def _members(value: list[Any]) -> Iterator[str]:
    """Of a set; of one that says what is not in it, what is common."""
    if value[0][0] is sre.NEGATE:
        yield from "a -<"
        return
    for kind, of in value:
        if kind is sre.LITERAL:
            yield chr(of)
        elif kind is sre.RANGE:
            yield chr(of[0])
        elif kind is sre.CATEGORY:
            yield _CATEGORIES.get(of, "a")
