"""docs/operate.md says what each line of the log means: each that there is, and no other."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from tests.processes import ROOT

LEVELS = {"info", "warning", "error", "exception"}
PLACES = ("app.py", "pages", "chat", "store")
ROW = re.compile(r"^\| `(parley[\w.]*)` \| `([^`]+)` \|", re.MULTILINE)


def test_each_line_of_the_log_is_explained_and_there_is_no_other() -> None:
    explained = ROW.findall((ROOT / "docs" / "operate.md").read_text())
    assert len(explained) == len(set(explained)), "each once"
    assert sorted(set(explained)) == sorted(set(_written()))


def _written() -> Iterator[tuple[str, str]]:
    """The logger and the line of each call, with … for what it fills in."""
    for place in PLACES:
        files = [ROOT / place] if place.endswith(".py") else (ROOT / place).rglob("*.py")
        for file in files:
            yield from _of(file)


def _of(file: Path) -> Iterator[tuple[str, str]]:
    tree = ast.parse(file.read_text())
    loggers = {
        target.id: name
        for node in tree.body
        if isinstance(node, ast.Assign) and (name := _named(node.value))
        for target in node.targets
        if isinstance(target, ast.Name)
    }
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute):
            continue
        at = node.func.value
        logger = loggers.get(at.id) if isinstance(at, ast.Name) else _named(at)
        if logger is None or node.func.attr not in LEVELS:
            continue
        line = node.args[0]
        assert isinstance(line, ast.Constant), f"{file}:{node.lineno} has no line of its own"
        first = str(line.value).split("\n")[0]
        yield logger, re.sub(r"%s|%\d*d", "…", first)


def _named(node: ast.AST) -> str | None:
    """The logger's name in ``logging.getLogger("parley.…")``."""
    match node:
        case ast.Call(
            func=ast.Attribute(attr="getLogger"), args=[ast.Constant(value=str(name))]
        ) if name.startswith("parley"):
            return name
    return None
