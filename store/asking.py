"""What an answer asks a person before it goes on, and what they decide."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Literal, get_args

Decision = Literal["once", "chat", "refuse"]
DECISIONS: tuple[Decision, ...] = get_args(Decision)


@dataclass(frozen=True, slots=True)
class Ask:
    """A tool call that waits to be allowed; ``words`` are the question, for people.

    ``arguments`` are what it would be called with. ``permits`` are what is allowed with it where
    it is allowed for the whole chat: hosts, accounts, tools.
    """

    call_id: str
    tool: str
    arguments: object
    words: str
    permits: tuple[str, ...] = ()


def asks_of(stored: object) -> tuple[Ask, ...]:
    """What is left of what may be damaged."""
    found = stored if isinstance(stored, list) else []
    return tuple(map(_ask, (one for one in found if isinstance(one, Mapping))))


def _ask(stored: Mapping[str, object]) -> Ask:
    said = {field.name: str(stored.get(field.name, "")) for field in fields(Ask)}
    return Ask(
        said["call_id"],
        said["tool"],
        stored.get("arguments"),
        said["words"],
        texts_of(stored.get("permits")),
    )


def texts_of(stored: object) -> tuple[str, ...]:
    """The texts of a stored list; none of what is no list."""
    return tuple(map(str, stored)) if isinstance(stored, list | tuple) else ()
