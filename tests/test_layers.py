"""The rules of the house that a machine can check: who imports whom, names, and how long.

Docstrings and ``print`` are ruff's part (D1, T20).
"""

from __future__ import annotations

import ast
import statistics
import sys
from collections.abc import Iterator
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
FILE_LINES, MEDIAN_LINES, FUNCTION_LINES = 300, 120, 60

ROOM_OF = {
    "app": "app",
    "pages": "pages",
    "chat.ui": "ui",
    "chat.api": "api",
    "chat": "turns",
    "chat.agent": "agent",
    "store": "store",
    **dict.fromkeys(("chat.config", "chat.errors", "chat.events", "chat.agent.types"), "values"),
    "chat.mcp_settings": "values",
    "tests": "tests",
}  # the longest name that fits decides
MAY_IMPORT = {
    "app": {"pages", "ui", "api", "turns", "agent", "store", "values"},
    "pages": {"ui", "turns", "store", "values"},
    "ui": {"turns", "store", "values"},
    "api": {"turns", "store", "values"},
    "turns": {"agent", "store", "values"},
    "agent": {"values"},
    "store": set[str](),
    "values": set[str](),
}
ONLY_IN = {
    "streamlit": {"app", "pages", "ui"},
    "sqlalchemy": {"store"},
    "sqlmodel": {"store"},
    "alembic": {"store"},
    "psycopg": {"store"},
    "sqlite3": {"store"},
    "openai": {"agent"},
    "agents": {"agent"},
    "mcp": {"agent"},
    "mcp_types": {"agent"},
    "fastapi": {"app", "api"},
    "starlette": {"app", "api"},
}
TOP_LEVEL = {*sys.stdlib_module_names, *packages_distributions(), "app", "chat", "store", "tests"}


def sources(*places: str) -> list[str]:
    """Paths of our Python files, relative and with slashes; migrations are history, not code."""
    found = (path for place in places for path in ROOT.glob(place))
    paths = sorted(path.relative_to(ROOT).as_posix() for path in found)
    return [path for path in paths if not path.startswith("store/migrations/versions/")]


APPLICATION = sources("app.py", "pages/**/*.py", "chat/**/*.py", "store/**/*.py")
TESTS = sources("tests/**/*.py")


def room(module: str) -> str | None:
    names = module.split(".")
    prefixes = (".".join(names[:length]) for length in range(len(names), 0, -1))
    return next((ROOM_OF[prefix] for prefix in prefixes if prefix in ROOM_OF), None)


def imports(tree: ast.AST) -> Iterator[str]:
    """Each imported name in full; what is imported from a package may be a module of it."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield from (f"{'.' * node.level}{node.module}.{alias.name}" for alias in node.names)


def import_violations(path: str, tree: ast.AST) -> Iterator[str]:
    here = room(path.removesuffix(".py").removesuffix("/__init__").replace("/", "."))
    assert here, path
    for name in imports(tree):
        there, package = room(name) or here, name.partition(".")[0]
        if name.startswith("."):
            yield f"imports {name} relatively"
        elif there not in {here, *MAY_IMPORT[here]} or here not in ONLY_IN.get(package, {here}):
            yield f"imports {name}"


def name_violations(path: str) -> Iterator[str]:
    file = Path(path)
    if {"utils", "util", "helpers", "helper"} & {file.stem, *file.parts}:
        yield "has a name that says nothing"
    if path.startswith("pages/"):
        if path != "pages/main.py" and not path.endswith("_page.py"):
            yield "must end in _page.py"
        if file.stem in TOP_LEVEL:
            yield f"shadows {file.stem}"


def code_violations(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            lines = (node.end_lineno or 0) - node.lineno + 1
            if lines > FUNCTION_LINES:
                yield f"{node.name} has {lines} lines"
        elif isinstance(node, ast.keyword) and node.arg == "unsafe_allow_html":
            yield "draws raw HTML"


def violations(path: str, source: str) -> list[str]:
    """What is wrong with a file of the application."""
    tree = ast.parse(source)
    return [*import_violations(path, tree), *name_violations(path), *code_violations(tree)]


@pytest.mark.parametrize("path", APPLICATION)
def test_the_file_keeps_the_rules(path: str) -> None:
    assert violations(path, (ROOT / path).read_text(encoding="utf-8")) == []


def test_files_are_small() -> None:
    lines = {
        path: len((ROOT / path).read_text(encoding="utf-8").splitlines())
        for path in (*APPLICATION, *TESTS)
    }
    assert {path: count for path, count in lines.items() if count > FILE_LINES} == {}
    assert statistics.median(lines[path] for path in APPLICATION) < MEDIAN_LINES


@pytest.mark.parametrize(
    ("path", "source", "expected"),
    [
        ("store/sessions.py", "from chat.errors import ParleyError", "imports chat.errors.Parley"),
        ("store/sessions.py", "import chat.config", "imports chat.config"),
        ("store/sessions.py", "from . import models", "imports .None.models relatively"),
        ("chat/turns.py", "from chat import ui", "imports chat.ui"),
        ("chat/turns.py", "def f():\n    import sqlalchemy.orm", "imports sqlalchemy.orm"),
        ("chat/turns.py", "from pages import main", "imports pages.main"),
        ("chat/turns.py", "from tests.conftest import x", "imports tests.conftest.x"),
        ("chat/events.py", "import chat.turns", "imports chat.turns"),
        ("chat/agent/stream.py", "from store import messages", "imports store.messages"),
        ("chat/agent/stream.py", "import streamlit as st", "imports streamlit"),
        ("chat/agent/types.py", "import openai", "imports openai"),
        ("chat/ui/sidebar.py", "from openai import OpenAI", "imports openai.OpenAI"),
        ("chat/ui/sidebar.py", "from chat.api import routes", "imports chat.api.routes"),
        ("chat/api/__init__.py", "import chat.ui.state", "imports chat.ui.state"),
        ("pages/chat_page.py", "import fastapi", "imports fastapi"),
        ("pages/chat_page.py", "st.html(x, unsafe_allow_html=y)", "draws raw HTML"),
        ("pages/chat_page.py", "def f():\n" + "    pass\n" * 60, "f has 61 lines"),
        ("pages/usage.py", "", "must end in _page.py"),
        ("pages/chat.py", "", "shadows chat"),
        ("chat/ui/utils.py", "", "has a name that says nothing"),
    ],
)
def test_a_violation_is_found(path: str, source: str, expected: str) -> None:
    assert any(found.startswith(expected) for found in violations(path, source))


def test_what_is_allowed_is_left_alone() -> None:
    assert violations("chat/ui/live.py", "import streamlit\nfrom chat import events, turns") == []
    assert violations("chat/turns.py", "import chat.agent.stream\nfrom store import tree") == []
    assert (
        violations("store/models.py", "import sqlmodel\nfrom store.types import UtcDateTime") == []
    )
    assert violations("pages/main.py", "from chat.agent.types import ModelStatus") == []
