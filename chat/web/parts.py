"""Parts of JSON from outside, whatever shape it has."""

from __future__ import annotations

from collections.abc import Mapping


def at(value: object, *names: str) -> object:
    """What a JSON object has under these names, each inside the one before; None for nothing."""
    for name in names:
        value = value.get(name) if isinstance(value, dict) else None
    return value


def record(value: object, *names: str) -> Mapping[str, object]:
    """The JSON object there; an empty one for anything else."""
    found = at(value, *names)
    return found if isinstance(found, dict) else {}


def items(value: object, *names: str) -> list[object]:
    """The JSON array there; an empty one for anything else."""
    found = at(value, *names)
    return found if isinstance(found, list) else []


def records(value: object, *names: str) -> list[Mapping[str, object]]:
    """The JSON objects of the array there; an empty one for each that is none."""
    return [record(one) for one in items(value, *names)]
