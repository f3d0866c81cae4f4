"""Personas: who answers, with a greeting, starters, a system prompt and what it may use."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import MISSING, dataclass, field, fields
from pathlib import Path
from typing import Any

from chat.errors import ConfigurationError
from chat.personas.rules import mistakes
from store.metadata import PersonaMark

FILE = Path(__file__).parent / "personas.yaml"
STARTERS = (3, 4)
RESERVED = "own-"
"""What the ids of those begin with that people make for themselves."""
_ID = re.compile(r"[a-z0-9][a-z0-9_-]{0,63}")


@dataclass(frozen=True, slots=True)
class Persona:
    """One of them; ``icon`` is a Material symbol as Streamlit writes it.

    ``tools`` are names of tools, ``mcp:<server>`` and ``mcp:*``. ``model`` and ``parameters``
    hold where the session says nothing else. ``own``: somebody made it for themselves.
    """

    id: str
    name: str
    icon: str
    description: str
    greeting: str
    starters: tuple[str, ...]
    system_prompt: str
    tools: tuple[str, ...] = ()
    model: str = ""
    parameters: Mapping[str, Any] = field(default_factory=dict)
    own: bool = False

    @property
    def mark(self) -> PersonaMark:
        """What is kept with each answer of it."""
        return PersonaMark(self.id, self.name, self.icon)


class Personas:
    """All personas of the file in its order; never empty."""

    def __init__(self, personas: list[Persona]) -> None:
        self._by_id = {persona.id: persona for persona in personas}
        self.default = personas[0]

    def all(self) -> list[Persona]:
        """In the order of the file."""
        return list(self._by_id.values())

    def get(self, persona_id: str) -> Persona:
        """The persona, or the default one where it no longer exists."""
        return self._by_id.get(persona_id, self.default)

    def has(self, persona_id: str) -> bool:
        """Whether there is one of that id."""
        return persona_id in self._by_id


def load_personas(path: Path = FILE, *, tools: Collection[str] | None = None) -> Personas:
    """Read the file; raises `ConfigurationError` that says in which line what is wrong.

    ``tools`` are the names that personas may give; None: whatever is there is not checked.
    """
    import yaml

    try:
        loader = yaml.SafeLoader(path.read_text(encoding="utf-8"))
        try:
            return Personas(_File(path.name, loader, tools).read())
        finally:
            loader.dispose()
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        where = f"{path.name}, line {mark.line + 1}" if mark else path.name
        reason = getattr(error, "problem", None) or error
        raise ConfigurationError(f"{where}: This cannot be read: {reason}.") from error
    except (OSError, UnicodeError) as error:
        raise ConfigurationError(f"{path.name} cannot be read: {error}.") from error


class _File:
    """The file as a tree whose nodes know their lines."""

    def __init__(self, name: str, loader: Any, tools: Collection[str] | None) -> None:
        self._name = name
        self._loader = loader
        self._tools = tools
        self._lines: dict[str, int] = {}

    def read(self) -> list[Persona]:
        tree = self._loader.get_single_node()
        if tree is None or tree.id != "sequence" or not tree.value:
            raise self._wrong(tree, "The file must be a list of personas.")
        return [self._persona(node) for node in tree.value]

    def _persona(self, node: Any) -> Persona:
        wanted = {one.name: one for one in fields(Persona) if one.name != "own"}
        if node.id != "mapping":
            raise self._wrong(node, "A persona must be names with values.")
        values: dict[str, Any] = {}
        for key, value in node.value:
            name = str(key.value)
            if name not in wanted:
                raise self._wrong(key, f"{name} is unknown. Use {', '.join(wanted)}.")
            if name in values:
                raise self._wrong(key, f"{name} is there twice.")
            values[name] = self._value(name, key, value)
        for name, one in wanted.items():
            needed = one.default is MISSING and one.default_factory is MISSING
            if needed and name not in values:
                raise self._wrong(node, f"This persona has no {name}.")
        return Persona(**values)

    def _value(self, name: str, key: Any, node: Any) -> Any:
        value = self._loader.construct_object(node, deep=True)
        if name == "id":
            return self._id(node, value)
        for place, text in mistakes(name, value, tools=self._tools, starters=STARTERS):
            what = name if place is None or isinstance(place, int) else f"{name}.{place}"
            one_of = "Each of the " if isinstance(place, int) else ""
            raise self._wrong(_inner(node, place) or key, f"{one_of}{what} must {text}.")
        if isinstance(value, str):
            return value.strip()
        return tuple(value) if isinstance(value, list) else value

    def _id(self, node: Any, value: Any) -> str:
        if not isinstance(value, str) or not _ID.fullmatch(value) or value.startswith(RESERVED):
            text = f"id must be 1 to 64 of a-z 0-9 _ -, and not begin with {RESERVED}."
            raise self._wrong(node, text)
        if value in self._lines:
            raise self._wrong(node, f"The id {value} is taken in line {self._lines[value]}.")
        self._lines[value] = node.start_mark.line + 1
        return value

    def _wrong(self, node: Any, text: str) -> ConfigurationError:
        line = node.start_mark.line + 1 if node else 1
        return ConfigurationError(f"{self._name}, line {line}: {text}")


def _inner(node: Any, place: Any) -> Any:
    """The node of an item or a key."""
    if place is None:
        return None
    if isinstance(place, int):
        return node.value[place]
    return next((key for key, _ in node.value if key.value == str(place)), None)
