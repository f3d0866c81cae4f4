"""Every regular expression in the application's source, with the methods that run it.

Found by reading the source, and evaluated in the module where it stands.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from types import ModuleType

ROOT = Path(__file__).parents[2]
METHODS = ("match", "fullmatch", "search", "sub", "subn", "split", "findall", "finditer")
_RUNS = re.compile(rf"\.\s*(?:{'|'.join(METHODS)})\b")


@dataclass(frozen=True)
class Use:
    """One way in which one expression is run."""

    module: str
    name: str
    pattern: re.Pattern[str] | re.Pattern[bytes]
    method: str

    def __str__(self) -> str:
        return f"{self.module}: {self.name}.{self.method}"

    def run(self, text: str) -> object:
        """Over all of a text, as the application does."""
        given = text.encode(errors="replace") if isinstance(self.pattern.pattern, bytes) else text
        if self.method in ("sub", "subn"):
            return getattr(self.pattern, self.method)(given[:0], given)
        found = getattr(self.pattern, self.method)(given)
        return list(found) if self.method == "finditer" else found


def modules() -> Iterator[tuple[str, Path]]:
    """Those of the application; migrations see no text of anybody."""
    for top in ("app.py", "chat", "pages", "store"):
        path = ROOT / top
        for file in [path] if path.is_file() else sorted(path.rglob("*.py")):
            if "migrations" not in file.parts:
                parts = file.relative_to(ROOT).with_suffix("").parts
                yield ".".join(part for part in parts if part != "__init__"), file


def found(known: dict[str, tuple[str, ...]]) -> tuple[list[Use], list[str]]:
    """All uses, and what could not be found out and is not ``known``.

    That says of names how they are run where the source does not show it: ``module: name`` and
    methods, none where nothing foreign is read.
    """
    texts = {name: file.read_text() for name, file in modules()}
    trees = {name: ast.parse(text) for name, text in texts.items() if _RUNS.search(text)}
    run = {name: _run(tree) for name, tree in trees.items()}
    uses: list[Use] = []
    unknown: list[str] = []
    for module, text in texts.items():
        if "import re\n" not in text:
            continue
        for place in _Places(trees.get(module) or ast.parse(text)).found:
            label = f"{module}: {place.name}"
            try:
                pattern = _pattern(place, import_module(module))
            except NameError:
                pattern = None
            methods = place.methods or _methods(place.name, module, run) or known.get(label, ())
            if pattern and methods:
                uses += [Use(module, place.name, pattern, method) for method in methods]
            elif label not in known:
                unknown.append(f"{label} (line {place.call.lineno})")
    return uses, unknown


@dataclass(frozen=True)
class _Place:
    call: ast.Call
    name: str
    methods: tuple[str, ...]


class _Places(ast.NodeVisitor):
    """Calls of `re`, each with the module's name for what is made, or the function it is in."""

    def __init__(self, tree: ast.Module) -> None:
        self.found: list[_Place] = []
        self._within: list[ast.AST] = []
        self._direct: dict[int, str] = {}
        self.visit(tree)

    def visit_FunctionDef(self, node: ast.AST) -> None:
        self._within.append(node)
        self.generic_visit(node)
        self._within.pop()

    visit_AsyncFunctionDef = visit_Assign = visit_AnnAssign = visit_FunctionDef

    def visit_Attribute(self, node: ast.Attribute) -> None:
        if node.attr in METHODS and isinstance(node.value, ast.Call):
            self._direct[id(node.value)] = node.attr
        self.generic_visit(node)

    def visit_Call(self, node: ast.Call) -> None:
        if (about := _of_re(node)) is not None:
            methods = (about,) if about != "compile" else ()
            if direct := self._direct.get(id(node)):
                methods = (direct,)
            self.found.append(_Place(node, _name(self._within[:1]), methods))
        self.generic_visit(node)


def _name(within: list[ast.AST]) -> str:
    """Of a function, or of what is assigned to."""
    match within:
        case [ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name)]:
            return name
        case [ast.Assign(targets=[target, *_]) | ast.AnnAssign(target=target)]:
            return ast.unparse(target)
    return ""


def _of_re(node: ast.Call) -> str | None:
    called = node.func
    if not isinstance(called, ast.Attribute) or not isinstance(called.value, ast.Name):
        return None
    return called.attr if called.value.id == "re" and called.attr in ("compile", *METHODS) else None


def _pattern(place: _Place, module: ModuleType) -> re.Pattern[str] | re.Pattern[bytes]:
    """Evaluated there; `NameError` when something is only known while a function runs."""
    positions = {"compile": 1, "sub": 4, "subn": 4, "split": 3}
    called = _of_re(place.call) or ""
    flags = [word.value for word in place.call.keywords if word.arg == "flags"]
    flags += place.call.args[positions.get(called, 2) :]
    values = [
        eval(compile(ast.Expression(part), module.__name__, "eval"), vars(module))
        for part in (place.call.args[0], *flags)
    ]
    return re.compile(*values)


def _run(tree: ast.Module) -> set[tuple[str, str]]:
    """What methods are called on, or taken of, by its last name."""
    return {
        (ast.unparse(node.value).rpartition(".")[2], node.attr)
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute) and node.attr in METHODS
    }


def _methods(name: str, module: str, run: dict[str, set[tuple[str, str]]]) -> tuple[str, ...]:
    """The methods that are run of that name; a private one is its module's own."""
    places = [run.get(module, set())] if name.startswith("_") else run.values()
    return tuple(sorted({method for place in places for of, method in place if of == name}))
