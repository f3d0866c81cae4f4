"""What a chat is outside of Parley: each field of the own JSON format, once.

``docs/format.md`` describes it. What is read from a file is checked here; what is no value of its
field is `Refused`, and text that no database can keep is repaired.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from datetime import datetime
from operator import attrgetter

from store.carried_fields import read_fields
from store.carried_files import CarriedBytes, CarriedComputed, CarriedFile
from store.errors import Refused
from store.folders import Colour
from store.provenance_record import Provenance
from store.session_values import DEFAULT_PERSONA, RULES
from store.values import OwnPersona

FORMAT, VERSION = "parley", 3


@dataclass(frozen=True, slots=True, kw_only=True)
class CarriedSession:
    """A chat without its messages; ``source`` is where it comes from, empty for the own format."""

    session_id: str
    title: str = ""
    title_source: str = "auto"
    description: str = ""
    persona: str = DEFAULT_PERSONA
    model: str = ""
    parameters: Mapping[str, object] = field(default_factory=dict)
    context: Mapping[str, object] = field(default_factory=dict)
    metadata: Mapping[str, object] = field(default_factory=dict)
    active_leaf_id: int | None = None
    prompt_tokens: int = 0
    completion_tokens: int = 0
    cost: float = 0.0
    is_active: bool = True
    pinned: bool = False
    folder: str | None = None
    tags: tuple[str, ...] = ()
    archived_at: datetime | None = None
    deleted_at: datetime | None = None
    expires_at: datetime | None = None
    created_at: datetime
    last_activity_at: datetime
    answered_at: datetime | None = None
    seen_at: datetime | None = None
    source: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class CarriedMessage:
    """A message; ``parent_id`` is one that came before it in the file.

    Of other sources ``idempotency_key`` says which it is, and ``id`` only its place in the file.
    ``files`` are what the file calls those that it has. ``words`` is what search finds, where
    whoever read the file has found that out already.
    """

    id: int
    parent_id: int | None = None
    role: str
    content: str = ""
    status: str = "complete"
    error_code: str | None = None
    error_message: str | None = None
    model: str = ""
    tools_used: list[object] = field(default_factory=list)
    processing_time_ms: int | None = None
    first_token_ms: int | None = None
    prompt_tokens: int | None = None
    completion_tokens: int | None = None
    cached_tokens: int | None = None
    cost: float | None = None
    feedback: str | None = None
    bookmarked: bool = False
    idempotency_key: str | None = None
    metadata: Mapping[str, object] = field(default_factory=dict)
    provenance: Provenance | None = None
    files: tuple[str, ...] = ()
    words: str | None = None
    created_at: datetime

    def __getstate__(self) -> tuple[object, ...]:
        """Many come from other processes, and what dataclasses do by themselves takes long."""
        return _VALUES(self)

    def __setstate__(self, values: tuple[object, ...]) -> None:
        for put, value in zip(_PUT, values, strict=True):
            put(self, value)


_NAMES = [one.name for one in fields(CarriedMessage)]
_VALUES: Callable[[CarriedMessage], tuple[object, ...]] = attrgetter(*_NAMES)
_PUT = [getattr(CarriedMessage, name).__set__ for name in _NAMES]


@dataclass(frozen=True, slots=True, kw_only=True)
class CarriedProfile:
    """An analysis result of the chat before it."""

    source: str
    handle: str
    result: Mapping[str, object]
    created_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class CarriedFolder:
    """A folder; ``parent_id`` is one that came before it in the file."""

    folder_id: str
    name: str
    parent_id: str | None = None
    colour: Colour = "gray"
    system_prompt: str = ""
    created_at: datetime


@dataclass(frozen=True, slots=True)
class CarriedPreferences:
    """What somebody prefers, by name."""

    values: Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Skipped:
    """What of a file does not come in: where it is, and why."""

    where: str
    why: str


CarriedPiece = CarriedSession | CarriedMessage | CarriedProfile | CarriedComputed | Skipped
"""What files of chats are read as: a chat, then what belongs to it."""
OwnPiece = (
    CarriedPiece | CarriedFolder | CarriedPreferences | OwnPersona | CarriedFile | CarriedBytes
)
"""What one of the own format is: besides, and first, what all chats share."""
SESSION_FIELDS = [one.name for one in fields(CarriedSession) if one.name != "source"]
MESSAGE_FIELDS = [name for name in _NAMES if name != "words"]
FOLDER_FIELDS = [one.name for one in fields(CarriedFolder)]
PROFILE_FIELDS = [one.name for one in fields(CarriedProfile)]


def read_session(found: Mapping[str, object]) -> CarriedSession:
    """A chat of the own format; raises `Refused`."""
    values = read_fields(CarriedSession, SESSION_FIELDS, found)
    values["title"] = " ".join(str(values.get("title", "")).split())
    for name in ("description", "persona", "model", "folder"):
        if values.get(name):
            RULES[name](values[name])
    return CarriedSession(**values)  # type: ignore[arg-type]


def read_message(found: Mapping[str, object]) -> CarriedMessage:
    """A message of the own format; raises `Refused`."""
    return CarriedMessage(**read_fields(CarriedMessage, MESSAGE_FIELDS, found))  # type: ignore[arg-type]


def read_profile(found: Mapping[str, object]) -> CarriedProfile:
    """An analysis result of the own format; raises `Refused`."""
    return CarriedProfile(**read_fields(CarriedProfile, PROFILE_FIELDS, found))  # type: ignore[arg-type]


def read_folder(found: Mapping[str, object]) -> CarriedFolder:
    """A folder of the own format; raises `Refused`."""
    outer = found.get("parent_id")
    if not isinstance(outer, str | None):
        raise Refused("Its parent_id cannot be taken.", "See the format.")
    values = read_fields(
        CarriedFolder, [name for name in FOLDER_FIELDS if name != "parent_id"], found
    )
    return CarriedFolder(**values, parent_id=outer)  # type: ignore[arg-type]
