"""What is known of a message besides its columns, kept as JSON.

Metadata outlives the version that wrote it: what has another shape is kept as it is, unused.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace

from store.errors import Refused
from store.session_values import check_metadata


@dataclass(frozen=True, slots=True)
class PersonaMark:
    """Who wrote an answer: the persona's id, and its name and icon as they were then."""

    id: str
    name: str
    icon: str


@dataclass(frozen=True, slots=True)
class Sent:
    """How many of the branch's messages the model was sent, of how many."""

    sent: int
    total: int


@dataclass(frozen=True, slots=True)
class MessageMetadata:
    """``continues`` is the answer whose text this one began with; ``finish_reason`` the server's.

    ``with_model`` and ``with_persona`` were asked for this answer, in place of its session's.
    ``left_out`` says which files the model was not sent, or not all of.
    ``other`` is whatever else was kept.
    """

    continues: int | None = None
    context: Sent | None = None
    persona: PersonaMark | None = None
    finish_reason: str = ""
    reasoning: str = ""
    with_model: str = ""
    with_persona: str = ""
    left_out: str = ""
    other: Mapping[str, object] = field(default_factory=dict)

    @classmethod
    def own(cls, given: Mapping[str, object]) -> MessageMetadata:
        """Of a JSON object that somebody made up; raises what `check_own` raises."""
        return cls(other=check_own(given))

    @classmethod
    def of(cls, kept: object) -> MessageMetadata:
        """From the JSON object that is kept; whatever else is there by damage says nothing."""
        other = dict(kept) if isinstance(kept, dict) else {}
        found = {name: read(other[name]) for name, read in _READERS.items() if name in other}
        known = {name: value for name, value in found.items() if value is not None}
        for name in known:
            del other[name]
        return cls(**known, other=other)  # type: ignore[arg-type]

    def as_json(self) -> dict[str, object]:
        """The JSON object to keep, without what is not known."""
        kept = asdict(replace(self, other={})).items()
        known = {name: value for name, value in kept if value not in (None, "", {})}
        return {**known, **self.other}


def check_own(given: Mapping[str, object]) -> Mapping[str, object]:
    """The JSON object itself; raises `Refused` for one that cannot be kept.

    The names of what is known here are taken.
    """
    if taken := sorted(given.keys() & _READERS.keys()):
        raise Refused(f"The name {taken[0]} is Parley's own.", "Use another one.")
    return check_metadata(given)


def _number(value: object) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def _text(value: object) -> str | None:
    return value if isinstance(value, str) else None


def _sent(value: object) -> Sent | None:
    if not isinstance(value, Mapping):
        return None
    sent, total = _number(value.get("sent")), _number(value.get("total"))
    return None if sent is None or total is None else Sent(sent, total)


def _mark(value: object) -> PersonaMark | None:
    if not isinstance(value, Mapping):
        return None
    return PersonaMark(*(_text(value.get(name)) or "" for name in ("id", "name", "icon")))


_READERS = {
    "continues": _number,
    "context": _sent,
    "persona": _mark,
    "finish_reason": _text,
    "reasoning": _text,
    "with_model": _text,
    "with_persona": _text,
    "left_out": _text,
}
