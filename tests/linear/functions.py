"""The functions that read foreign text: those that tests call, and what these lead to.

A function is reached when one that is called mentions it, in its own module or one that imports
from its module: by its name, of a module's, or as an attribute, of any object if it is a method.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from tests.linear.patterns import modules

ROOMS = (
    "chat.ui.markdown",
    "chat.ui.labels",
    "chat.ui.chat.differences",
    "chat.ui.chat.live_text",
    "chat.ui.chat.message_view",
    "chat.ui.chat.tool_steps",
    "chat.sharing.visible",
    "chat.agent.calls",
    "chat.agent.needs",
    "chat.agent.offline",
    "chat.agent.mcp.words",
    "chat.agent.models.chunks",
    "chat.agent.models.failures",
    "chat.diagnostics.shown",
    "chat.files.languages",
    "chat.files.names",
    "chat.files.sniffing",
    "chat.web.html",
    "chat.profiles.choice",
    "chat.profiles.clean",
    "chat.profiles.downloads",
    "chat.profiles.figures",
    "chat.profiles.handles",
    "chat.profiles.rows",
    "chat.profiles.summary",
    "chat.profiles.words",
    "chat.profiles.sources.feed",
    "chat.profiles.sources.file",
    "chat.tools.calculator",
    "chat.tools.repair_guides",
    "chat.spreadsheets",
    "chat.turns.permits",
    "store.texts",
    "store.search",
    "store.folding",
)
_TEXT = ("str", "bytes", "object", "Any")


@dataclass
class _Function:
    module: str
    name: str
    takes_text: bool
    mentions: set[str] = field(default_factory=set)

    @property
    def label(self) -> str:
        return f"{self.module}: {self.name}"

    @property
    def names(self) -> set[str]:
        of, _, last = self.name.rpartition(".")
        if of:
            return {of if last == "__init__" else f".{last}"}
        return {last, f"{self.module.rpartition('.')[2]}.{last}"}


def not_reached(called: Iterable[str]) -> list[str]:
    """Functions of `ROOMS` that are given text and that no ``module: name`` in ``called`` runs."""
    functions = {one.label: one for name, tree in _rooms() for one in _functions(name, tree)}
    imports = {name: _imports(tree) for name, tree in _rooms()}
    left = [label for label in called if label in functions]
    seen: set[str] = set()
    while left:
        label = left.pop()
        if label in seen:
            continue
        seen.add(label)
        one = functions[label]
        near = {one.module, *imports[one.module]}
        left += [
            other.label
            for other in functions.values()
            if other.module in near and not other.names.isdisjoint(one.mentions)
        ]
    return sorted(label for label, one in functions.items() if one.takes_text and label not in seen)


def _rooms() -> Iterator[tuple[str, ast.Module]]:
    for name, file in modules():
        if name.startswith(ROOMS):
            yield name, ast.parse(file.read_text())


def _imports(tree: ast.Module) -> set[str]:
    found: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module:
            found |= {node.module, *(f"{node.module}.{one.name}" for one in node.names)}
    return found


def _functions(module: str, tree: ast.Module) -> Iterator[_Function]:
    """Those of the module and of its classes; what is within one of them belongs to it."""
    for node in tree.body:
        if isinstance(node, ast.ClassDef):
            for inner in node.body:
                if isinstance(inner, ast.FunctionDef | ast.AsyncFunctionDef):
                    yield _function(module, f"{node.name}.{inner.name}", inner)
        elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield _function(module, node.name, node)


def _function(module: str, name: str, node: ast.FunctionDef | ast.AsyncFunctionDef) -> _Function:
    arguments = [*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs]
    kinds = [ast.walk(one.annotation) for one in arguments if one.annotation]
    words = {part.id for kind in kinds for part in kind if isinstance(part, ast.Name)}
    found = _Function(module, name, not words.isdisjoint(_TEXT))
    for part in ast.walk(node):
        if isinstance(part, ast.Name):
            found.mentions.add(part.id)
        elif isinstance(part, ast.Attribute):
            found.mentions.add(f".{part.attr}")
            if isinstance(part.value, ast.Name):
                found.mentions.add(f"{part.value.id}.{part.attr}")
    return found
