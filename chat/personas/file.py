"""The personas of the file: who answers, with a greeting, starters, a system prompt and tools."""

import re
from collections.abc import Collection
from pathlib import Path
from typing import Any

import yaml
from yaml.constructor import SafeConstructor

from chat.errors import ConfigurationError
from chat.personas.rules import mistakes
from store.values import OWN, PERSONA_FIELDS, Persona

FILE = Path(__file__).parent / "personas.yaml"
STARTERS = (3, 4)
_ID = re.compile(r"[a-z0-9][a-z0-9_-]{0,63}")
_FIELDS = ("id", *PERSONA_FIELDS)
_NEEDED = ("id", "starters", *(name for name, field in PERSONA_FIELDS.items() if field.least))


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
    try:
        return Personas(_File(path.name, tools).read(path.read_text(encoding="utf-8")))
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        where = f"{path.name}, line {mark.line + 1}" if mark else path.name
        reason = getattr(error, "problem", None) or error
        raise ConfigurationError(f"{where}: This cannot be read: {reason}.") from error
    except (OSError, UnicodeError) as error:
        raise ConfigurationError(f"{path.name} cannot be read: {error}.") from error


class _File:
    """Reads the file as a tree whose nodes know their lines."""

    def __init__(self, name: str, tools: Collection[str] | None) -> None:
        self._name = name
        self._tools = tools
        self._lines: dict[str, int] = {}

    def read(self, text: str) -> list[Persona]:
        tree = yaml.compose(text, yaml.SafeLoader)
        if not isinstance(tree, yaml.SequenceNode) or not tree.value:
            raise self._wrong(tree, "The file must be a list of personas.")
        return [self._persona(node) for node in tree.value]

    def _persona(self, node: yaml.Node) -> Persona:
        if not isinstance(node, yaml.MappingNode):
            raise self._wrong(node, "A persona must be names with values.")
        values: dict[str, Any] = {}  # each of its field's type, as `mistakes` sees to
        for key, value in node.value:
            name = str(key.value)
            if name not in _FIELDS:
                raise self._wrong(key, f"{name} is unknown. Use {', '.join(_FIELDS)}.")
            if name in values:
                raise self._wrong(key, f"{name} is there twice.")
            values[name] = self._id(value) if name == "id" else self._value(name, key, value)
        for name in _NEEDED:
            if name not in values:
                raise self._wrong(node, f"This persona has no {name}.")
        return Persona(**values)

    def _value(self, name: str, key: yaml.Node, node: yaml.Node) -> object:
        value: object = SafeConstructor().construct_document(node)
        for place, text in mistakes(name, value, tools=self._tools, starters=STARTERS):
            if place is None:
                raise self._wrong(key, f"{name} must {text}.")
            if isinstance(place, int):
                raise self._wrong(node.value[place], f"Each of the {name} must {text}.")
            keys = (one for one, _ in node.value if one.value == str(place))
            raise self._wrong(next(keys, key), f"{name}.{place} must {text}.")
        if isinstance(value, str):
            return value.strip()
        return tuple(value) if isinstance(value, list) else value

    def _id(self, node: yaml.Node) -> str:
        value = SafeConstructor().construct_document(node)
        if not isinstance(value, str) or not _ID.fullmatch(value) or value.startswith(OWN):
            raise self._wrong(node, f"id must be 1 to 64 of a-z 0-9 _ -, and not begin with {OWN}.")
        if value in self._lines:
            raise self._wrong(node, f"The id {value} is taken in line {self._lines[value]}.")
        self._lines[value] = node.start_mark.line + 1
        return value

    def _wrong(self, node: yaml.Node | None, text: str) -> ConfigurationError:
        line = node.start_mark.line + 1 if node else 1
        return ConfigurationError(f"{self._name}, line {line}: {text}")
