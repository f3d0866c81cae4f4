"""Personas: who answers, with a greeting, starters and a system prompt; from ``personas.yaml``."""

from __future__ import annotations

from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

from chat.errors import ConfigurationError

FILE = Path(__file__).parent / "personas.yaml"


@dataclass(frozen=True, slots=True)
class Persona:
    """One of them; ``icon`` is a Material symbol as Streamlit writes it."""

    id: str
    name: str
    icon: str
    description: str
    greeting: str
    starters: tuple[str, ...]
    system_prompt: str


class Personas:
    """All personas in the file's order; never empty."""

    def __init__(self, personas: list[Persona]) -> None:
        self._by_id = {persona.id: persona for persona in personas}
        self.default = personas[0]

    def all(self) -> list[Persona]:
        """In the order of the file."""
        return list(self._by_id.values())

    def get(self, persona_id: str) -> Persona:
        """The persona, or the default one where it no longer exists."""
        return self._by_id.get(persona_id, self.default)


def load_personas(path: Path = FILE) -> Personas:
    """Read the file; raises `ConfigurationError` that says which entry is wrong and how."""
    import yaml

    try:
        entries = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, yaml.YAMLError) as error:
        raise ConfigurationError(f"{path.name} cannot be read: {error}.") from error
    if not isinstance(entries, list) or not entries:
        raise ConfigurationError(f"{path.name} must be a list of personas.")
    return Personas([_persona(entry, path.name, at) for at, entry in enumerate(entries, 1)])


def _persona(entry: Any, file: str, at: int) -> Persona:
    wanted = {field.name for field in fields(Persona)}
    if not isinstance(entry, dict) or set(entry) != wanted:
        raise ConfigurationError(
            f"Persona {at} in {file} must have exactly these: {', '.join(sorted(wanted))}."
        )
    starters = entry.pop("starters")
    if not isinstance(starters, list) or not all(isinstance(s, str) for s in starters):
        raise ConfigurationError(f"The starters of persona {at} in {file} must be texts.")
    for name, value in entry.items():
        if not isinstance(value, str) or not value.strip():
            raise ConfigurationError(f"The {name} of persona {at} in {file} must be a text.")
    texts = {name: value.strip() for name, value in entry.items()}
    return Persona(**texts, starters=tuple(starters))
