"""A session as it is read, made and changed: each of its fields, and what may be in it, once."""

import json
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TypedDict

from store.errors import Refused
from store.texts import check_tag, check_title, storable

METADATA_BYTES = 16_384
METADATA_DEPTH = 20
TAGS_MAX = 20
SYSTEM_PROMPT_MAX = 20_000
DESCRIPTION_MAX = 10_000
FIRST_YEAR, LAST_YEAR = 1900, 9998
DEFAULT_PERSONA = "default"
"""What sessions have that nobody chose a persona for."""


@dataclass(frozen=True, slots=True)
class SessionSummary:
    """A session as a list shows it; reading it touches no message."""

    session_id: str
    title: str
    preview: str
    persona: str
    message_count: int
    is_active: bool
    pinned: bool
    folder: str | None
    tags: tuple[str, ...]
    archived_at: datetime | None
    deleted_at: datetime | None
    expires_at: datetime | None
    created_at: datetime
    last_activity_at: datetime


@dataclass(frozen=True, slots=True)
class ListedSession(SessionSummary):
    """The same with what marks it in the list; ``unread``: an answer ended since it was seen.

    An answer that ``asks`` somebody is not ``answering`` until that is decided; with ``files`` a
    message has some.
    """

    version: int
    answering: bool
    asks: bool
    unread: bool
    bookmarked: bool
    files: bool


@dataclass(frozen=True, slots=True)
class ChatSession(SessionSummary):
    """A session with everything that is its own, except its messages.

    ``allowed_tools`` are the permits that were given for all of it, see `store.asking.Ask`.
    """

    title_source: str
    description: str
    model: str
    parameters: Mapping[str, object]
    context: Mapping[str, object]
    allowed_tools: list[str]
    metadata: Mapping[str, object]
    active_leaf_id: int | None
    prompt_tokens: int
    completion_tokens: int
    cost: float
    temporary: bool
    cleared_at: datetime | None
    version: int


@dataclass(frozen=True, slots=True, kw_only=True)
class NewSession:
    """What is said of a session when it is made; a ``title`` given here is the user's.

    A ``temporary`` one is neither listed nor found, and goes for good when it is left.
    """

    title: str = ""
    persona: str = DEFAULT_PERSONA
    model: str = ""
    parameters: Mapping[str, object] = field(default_factory=dict)
    description: str = ""
    metadata: Mapping[str, object] = field(default_factory=dict)
    temporary: bool = False
    folder: str | None = None
    tags: Sequence[str] = ()


class SessionChanges(TypedDict, total=False):
    """What can be changed; objects and lists are replaced whole."""

    title: str
    description: str
    persona: str
    model: str
    parameters: Mapping[str, object]
    pinned: bool
    archived: bool
    folder: str | None
    tags: Sequence[str]
    is_active: bool
    expires_at: datetime | None
    metadata: Mapping[str, object]
    allowed_tools: list[str]
    temporary: bool


@dataclass(frozen=True, slots=True)
class TextRule:
    """How many characters a text may have; raises `Refused` for others, and for no text."""

    name: str
    most: int
    least: int = 0

    def __call__(self, value: str) -> str:
        """The text itself."""
        if not self.least <= len(storable(value)) <= self.most:
            about = "empty or too long" if self.least else "too long"
            raise Refused(f"The {self.name} is {about}.", f"Use at most {self.most} characters.")
        return value


def check_metadata(value: Mapping[str, object]) -> Mapping[str, object]:
    """The JSON object itself; raises `Refused` for one that not every database can keep."""
    check_json(value, METADATA_DEPTH)
    if len(json.dumps(value, ensure_ascii=False).encode()) > METADATA_BYTES:
        raise Refused("It is too large.", f"Use at most {METADATA_BYTES} bytes of JSON.")
    return value


def check_parameters(value: Mapping[str, object]) -> Mapping[str, object]:
    """The parameters themselves, ``system_prompt`` and what is sent to the model."""
    check_json(value, METADATA_DEPTH)
    TextRule("system prompt", SYSTEM_PROMPT_MAX)(str(value.get("system_prompt", "")))
    return value


def check_time(value: datetime) -> datetime:
    """The time itself; raises `Refused` for one without a zone, or too near the calendar's ends."""
    if value.tzinfo is None:
        raise Refused("The time has no time zone.", "End it with Z, or with an offset.")
    if not FIRST_YEAR <= value.year <= LAST_YEAR:
        raise Refused("The time is out of range.", f"Use years {FIRST_YEAR} to {LAST_YEAR}.")
    return value


def check_tags(said: Sequence[str]) -> list[str]:
    """The tags as they are kept, each once; raises `Refused` for what is none, and too many."""
    found = sorted(set(map(check_tag, said)))
    if len(found) > TAGS_MAX:
        raise Refused(f"That is {len(found)} tags.", f"Use at most {TAGS_MAX}.", field="tags")
    return found


RULES: Mapping[str, Callable[..., object]] = {
    "title": check_title,
    "description": TextRule("description", DESCRIPTION_MAX),
    "persona": TextRule("persona", 64, least=1),
    "model": TextRule("model", 200),
    "parameters": check_parameters,
    "folder": TextRule("folder", 64, least=1),
    "tags": check_tags,
    "expires_at": check_time,
    "metadata": check_metadata,
}
"""What each field's value has to pass, through whatever door it comes; None passes."""


def check_json(value: object, depth: int) -> None:
    """Raise `Refused` for JSON that is too deep, or that not every database can keep."""
    if depth < 0:
        raise Refused("It is nested too deeply.", f"Use at most {METADATA_DEPTH} levels.")
    if isinstance(value, str):
        storable(value)
    elif isinstance(value, float) and not math.isfinite(value):
        raise Refused("It has a number that JSON does not have.", "Leave it out.")
    elif isinstance(value, Mapping):
        for key, inner in value.items():
            storable(key)
            check_json(inner, depth - 1)
    elif isinstance(value, list):
        for inner in value:
            check_json(inner, depth - 1)
