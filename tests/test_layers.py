"""The rules of the house that a machine can check: who imports whom, names, and how long.

Docstrings and ``print`` are ruff's part (D1, T20).
"""

from __future__ import annotations

import ast
import re
import statistics
import sys
from collections import defaultdict
from collections.abc import Iterator, Mapping
from functools import cache
from graphlib import TopologicalSorter
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

from tests.rooms import MAY_IMPORT, ONLY_IN, ROOM_OF, VALUES

ROOT = Path(__file__).resolve().parent.parent
FILE_LINES, MEDIAN_LINES, FUNCTION_LINES = 300, 120, 60
ANYS = 100
"""The word `Any` stays where JSON or a library demands it."""

DOORS = ("app.py", "pages/", "chat/ui/", "chat/api/", "chat/server/")
WRITES = ("transaction", "spending")
"""What opens a writing transaction: use cases may, doors only read."""


def sources(*places: str) -> list[str]:
    """Paths of our files, relative and with slashes; migrations are history, not code."""
    found = (path for place in places for path in ROOT.glob(place))
    paths = sorted(path.relative_to(ROOT).as_posix() for path in found)
    return [path for path in paths if not path.startswith("store/migrations/versions/")]


APPLICATION = sources("app.py", "pages/**/*.py", "chat/**/*.py", "store/**/*.py")
TESTS = sources("tests/**/*.py")


@cache
def distributions() -> Mapping[str, list[str]]:
    """What is installed, by its packages: read once, for each look takes a third of a second."""
    return packages_distributions()


@cache
def parsed(path: str) -> ast.Module:
    return ast.parse((ROOT / path).read_text(encoding="utf-8"))


def room(module: str) -> str | None:
    if module == "chat":
        return VALUES
    names = module.split(".")
    prefixes = (".".join(names[:length]) for length in range(len(names), 0, -1))
    return next((ROOM_OF[prefix] for prefix in prefixes if prefix in ROOM_OF), None)


def module_of(path: str) -> str:
    return path.removesuffix(".py").removesuffix("/__init__").replace("/", ".")


def imports(tree: ast.AST) -> Iterator[str]:
    """Each imported name in full; what is imported from a package may be a module of it."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield from (f"{'.' * node.level}{node.module}.{alias.name}" for alias in node.names)


def import_violations(path: str, tree: ast.AST) -> Iterator[str]:
    here = room(module_of(path))
    assert here, path
    for name in imports(tree):
        there, package = room(name) or here, name.partition(".")[0]
        if name.startswith("."):
            yield f"imports {name} relatively"
            continue
        allowed = {here, *MAY_IMPORT[here], *(() if here == "store" else (VALUES,))}
        if there not in allowed or here not in ONLY_IN.get(package, {here}):
            yield f"imports {name}"


def name_violations(path: str) -> Iterator[str]:
    file = Path(path)
    if {"utils", "util", "helpers", "helper"} & {file.stem, *file.parts}:
        yield "has a name that says nothing"
    if path.startswith("pages/"):
        if path != "pages/main.py" and not path.endswith("_page.py"):
            yield "must end in _page.py"
        others = {*sys.stdlib_module_names, *distributions(), "app", "chat", "store", "tests"}
        if file.stem in others:
            yield f"shadows {file.stem}"


def code_violations(path: str, tree: ast.AST) -> Iterator[str]:
    is_door = path.startswith(DOORS)
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            lines = (node.end_lineno or 0) - node.lineno + 1
            if lines > FUNCTION_LINES:
                yield f"{node.name} has {lines} lines"
        elif isinstance(node, ast.keyword) and node.arg == "unsafe_allow_html":
            yield "draws raw HTML"
        elif isinstance(node, ast.Attribute) and node.attr in WRITES and is_door:
            yield "writes"


def violations(path: str, tree: ast.AST) -> list[str]:
    """What is wrong with a file of the application."""
    return [*import_violations(path, tree), *name_violations(path), *code_violations(path, tree)]


def test_files_keep_the_rules() -> None:
    assert [f"{path} {one}" for path in APPLICATION for one in violations(path, parsed(path))] == []


def test_no_two_rooms_import_each_other() -> None:
    TopologicalSorter(MAY_IMPORT).prepare()  # raises CycleError


def test_no_modules_import_each_other_not_even_later() -> None:
    known = {module_of(path): path for path in APPLICATION}
    graph = {}
    for module, path in known.items():
        named = imports(parsed(path))
        found = (name if name in known else name.rpartition(".")[0] for name in named)
        graph[module] = {name for name in found if name in known}
    for package in [name for name, path in known.items() if path.endswith("__init__.py")]:
        graph[package] = {name for name in graph[package] if not name.startswith(f"{package}.")}
    TopologicalSorter(graph).prepare()


def test_files_are_small() -> None:
    lines = {
        path: len((ROOT / path).read_text(encoding="utf-8").splitlines())
        for path in (*APPLICATION, *TESTS, *sources("chat/**/*.js", "chat/**/*.css"))
    }
    assert {path: count for path, count in lines.items() if count > FILE_LINES} == {}
    assert statistics.median(lines[path] for path in APPLICATION) < MEDIAN_LINES


def type_names(tree: ast.Module) -> Iterator[str]:
    """Classes, and other names that are written like them."""
    for node in tree.body:
        if isinstance(node, ast.ClassDef):
            yield node.name
        elif isinstance(node, ast.Assign):
            names = (target.id for target in node.targets if isinstance(target, ast.Name))
            yield from (
                name for name in names if name[1:] != name[1:].upper() and name[0].isupper()
            )


def test_no_two_types_share_a_name() -> None:
    found: defaultdict[str, list[str]] = defaultdict(list)
    for path in APPLICATION:
        for name in type_names(parsed(path)):
            found[name].append(path)
    assert {name: paths for name, paths in found.items() if len(paths) > 1} == {}


def test_little_is_any() -> None:
    sources = [(ROOT / path).read_text(encoding="utf-8") for path in APPLICATION]
    assert sum(len(re.findall(r"\bAny\b", source)) for source in sources) < ANYS


@pytest.mark.parametrize(
    ("path", "source", "expected"),
    [
        ("store/sessions.py", "from chat.errors import ParleyError", "imports chat.errors.Parley"),
        ("store/sessions.py", "import chat.config", "imports chat.config"),
        ("store/sessions.py", "from . import models", "imports .None.models relatively"),
        ("chat/turns/service.py", "from chat import ui", "imports chat.ui"),
        ("chat/turns/service.py", "def f():\n    import sqlalchemy.orm", "imports sqlalchemy.orm"),
        ("chat/turns/service.py", "from pages import main", "imports pages.main"),
        ("chat/turns/service.py", "from tests.conftest import x", "imports tests.conftest.x"),
        ("chat/events.py", "import chat.turns.service", "imports chat.turns.service"),
        ("chat/agent/models/stream.py", "from store import messages", "imports store.messages"),
        ("chat/agent/models/stream.py", "import streamlit as st", "imports streamlit"),
        ("chat/agent/types.py", "import openai", "imports openai"),
        ("chat/ui/shell/sidebar.py", "from openai import OpenAI", "imports openai.OpenAI"),
        ("chat/ui/shell/sidebar.py", "from chat.api import routes", "imports chat.api.routes"),
        ("chat/api/__init__.py", "import chat.ui.state", "imports chat.ui.state"),
        ("pages/chat_page.py", "import fastapi", "imports fastapi"),
        ("pages/chat_page.py", "st.html(x, unsafe_allow_html=y)", "draws raw HTML"),
        ("chat/ui/shell/dialogs.py", "with parts().database.transaction() as db: pass", "writes"),
        ("pages/chat_page.py", "def f():\n" + "    pass\n" * 60, "f has 61 lines"),
        ("pages/usage.py", "", "must end in _page.py"),
        ("pages/chat.py", "", "shadows chat"),
        ("chat/ui/utils.py", "", "has a name that says nothing"),
    ],
)
def test_a_violation_is_found(path: str, source: str, expected: str) -> None:
    assert any(found.startswith(expected) for found in violations(path, ast.parse(source)))


@pytest.mark.parametrize(
    ("path", "source"),
    [
        ("chat/ui/chat/live.py", "import streamlit\nfrom chat import events"),
        ("chat/turns/service.py", "import chat.agent.models.stream\nfrom store import tree"),
        ("store/base.py", "import sqlmodel\nfrom store.types import UtcDateTime"),
        ("pages/main.py", "from chat.agent.types import ModelStatus"),
    ],
)
def test_what_is_allowed_is_left_alone(path: str, source: str) -> None:
    assert violations(path, ast.parse(source)) == []
