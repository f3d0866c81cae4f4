"""What is logged from warnings up, and so shown to administrators, has no words of people in it."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from tests.test_layers import APPLICATION, parsed

LEVELS = {"warning", "error", "exception", "critical"}
WORDS = {"title", "content", "text", "username", "display_name", "email", "preview", "arguments"}
WORDS |= {"name", "query", "url", "description", "problem"}
HARMLESS = {"tool.name"}
"""Of tools, whose names are a program's."""


def logged() -> Iterator[tuple[str, ast.expr]]:
    """Each value that is filled into such a line, with where that is."""
    for path in APPLICATION:
        for node in ast.walk(parsed(path)):
            if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute):
                continue
            if node.func.attr in LEVELS and ast.unparse(node.func.value) in {"log", "requests"}:
                yield from ((f"{path}:{node.lineno}", one) for one in node.args[1:])


def test_lines_have_none_in_them() -> None:
    found = [
        f"{place}: {ast.unparse(one)}"
        for place, value in logged()
        for one in ast.walk(value)
        if isinstance(one, ast.Attribute) and one.attr in WORDS
        if ast.unparse(one) not in HARMLESS
    ]
    assert found == []


def test_lines_are_looked_at() -> None:
    assert len({place for place, _ in logged()}) > 30
