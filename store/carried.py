"""What a chat is outside of Parley: each field of the own JSON format, once.

``docs/format.md`` describes it. What is read from a file is checked here; what is no value of its
field is `Refused`, and text that no database can keep is repaired.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import MISSING, dataclass, field, fields
from datetime import UTC, datetime

from store.errors import Refused
from store.session_values import DEFAULT_PERSONA, RULES, check_json, check_parameters
from store.texts import repaired

FORMAT, VERSION = "parley", 1
NUMBER_MAX = 2**31 - 1
JSON_MAX, JSON_DEPTH = 8_000_000, 60
"""Of the objects that Parley itself keeps with a message or chat, which nobody writes by hand."""
KEY_MAX = 200


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
    cost: float | None = None
    feedback: str | None = None
    bookmarked: bool = False
    idempotency_key: str | None = None
    metadata: Mapping[str, object] = field(default_factory=dict)
    created_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class CarriedProfile:
    """An analysis result of the chat before it."""

    source: str
    handle: str
    result: Mapping[str, object]
    created_at: datetime


@dataclass(frozen=True, slots=True)
class Skipped:
    """What of a file does not come in: where it is, and why."""

    where: str
    why: str


CarriedPiece = CarriedSession | CarriedMessage | CarriedProfile | Skipped
"""What files are read as: a chat, then what belongs to it."""
SESSION_FIELDS = [one.name for one in fields(CarriedSession) if one.name != "source"]
MESSAGE_FIELDS = [one.name for one in fields(CarriedMessage)]
PROFILE_FIELDS = [one.name for one in fields(CarriedProfile)]


def read_session(found: Mapping[str, object]) -> CarriedSession:
    """A chat of the own format; raises `Refused`."""
    values = _read(CarriedSession, SESSION_FIELDS, found)
    values["title"] = " ".join(str(values.get("title", "")).split())
    for name in ("description", "persona", "model", "folder"):
        if values.get(name):
            RULES[name](values[name])
    return CarriedSession(**values)  # type: ignore[arg-type]


def read_message(found: Mapping[str, object]) -> CarriedMessage:
    """A message of the own format; raises `Refused`."""
    return CarriedMessage(**_read(CarriedMessage, MESSAGE_FIELDS, found))  # type: ignore[arg-type]


def read_profile(found: Mapping[str, object]) -> CarriedProfile:
    """An analysis result of the own format; raises `Refused`."""
    return CarriedProfile(**_read(CarriedProfile, PROFILE_FIELDS, found))  # type: ignore[arg-type]


def moment(value: object) -> datetime:
    """A time, as text in ISO 8601 or as a number of seconds (or less) since 1970; else `Refused`.

    Without a zone it is UTC.
    """
    try:
        if isinstance(value, str):
            read = datetime.fromisoformat(value.strip()[:64])
            return (read if read.tzinfo else read.replace(tzinfo=UTC)).astimezone(UTC)
        if isinstance(value, int | float) and not isinstance(value, bool):
            seconds = float(value)
            for _ in range(3):  # milliseconds and less
                seconds = seconds / 1000 if abs(seconds) > 1e11 else seconds
            return datetime.fromtimestamp(seconds, UTC)
    except (ValueError, OverflowError, OSError):
        pass
    raise Refused("It has a time that cannot be read.", "Times are ISO 8601.")


def _read(
    kind: type[CarriedSession | CarriedMessage | CarriedProfile],
    names: list[str],
    found: Mapping[str, object],
) -> dict[str, object]:
    values: dict[str, object] = {}
    for one in fields(kind):
        if one.name not in names:
            continue
        if one.name not in found:
            if one.default is MISSING and one.default_factory is MISSING:
                raise Refused(f"It has no {one.name}.", "The format needs it.")
            continue
        try:
            values[one.name] = _READERS[one.name](found[one.name])
        except (Refused, TypeError, ValueError):
            raise Refused(f"Its {one.name} cannot be taken.", "See the format.") from None
    return values


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError
    return repaired(value)


def _short(most: int) -> Callable[[object], str]:
    def read(value: object) -> str:
        text = _text(value)
        if len(text) > most:
            raise ValueError
        return text

    return read


def _one_of(*choices: object) -> Callable[[object], object]:
    def read(value: object) -> object:
        for choice in choices:
            if type(choice) is type(value) and choice == value:
                return choice
        raise ValueError

    return read


def _maybe(read: Callable[[object], object]) -> Callable[[object], object]:
    return lambda value: None if value is None else read(value)


def _number(value: object) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value <= NUMBER_MAX:
        raise ValueError
    return value


def _id(value: object) -> int:
    if _number(value) == 0 or value == NUMBER_MAX:
        raise ValueError
    return _number(value)


def _money(value: object) -> float:
    if not isinstance(value, int | float) or isinstance(value, bool) or not 0 <= value < 1e12:
        raise ValueError
    return float(value)


def _object(value: object) -> Mapping[str, object]:
    if not isinstance(value, dict):
        raise TypeError
    _check(value)
    return value


def _list(value: object) -> list[object]:
    if not isinstance(value, list):
        raise TypeError
    _check(value)
    return value


def _check(value: object) -> None:
    check_json(value, JSON_DEPTH)
    if len(json.dumps(value, ensure_ascii=False)) > JSON_MAX:
        raise ValueError


def _status(value: object) -> object:
    """Nothing that comes in is still being written."""
    kept = {"queued": "interrupted", "streaming": "interrupted"}
    return _one_of("complete", "stopped", "interrupted", "error")(kept.get(str(value), value))


_READERS: dict[str, Callable[[object], object]] = {
    **dict.fromkeys(("session_id", "persona"), _short(64)),
    **dict.fromkeys(("title", "model"), _short(200)),
    **dict.fromkeys(("content", "description"), _text),
    **dict.fromkeys(("context",), _object),
    **dict.fromkeys(("created_at", "last_activity_at"), moment),
    **dict.fromkeys(
        ("archived_at", "deleted_at", "expires_at", "answered_at", "seen_at"), _maybe(moment)
    ),
    **dict.fromkeys(("is_active", "pinned", "bookmarked"), _one_of(True, False)),
    **dict.fromkeys(("active_leaf_id", "parent_id"), _maybe(_id)),
    **dict.fromkeys(
        ("processing_time_ms", "first_token_ms", "prompt_tokens", "completion_tokens"),
        _maybe(_number),
    ),
    "title_source": _one_of("auto", "user", "model"),
    "parameters": lambda value: check_parameters(_object(value)),
    "metadata": _object,
    "folder": _maybe(_short(64)),
    "cost": _maybe(_money),
    "id": _id,
    "role": _one_of("user", "assistant", "system"),
    "status": _status,
    "error_code": _maybe(_short(64)),
    "error_message": _maybe(_short(10_000)),
    "tools_used": _list,
    "feedback": _maybe(_one_of("good", "bad")),
    "idempotency_key": _maybe(_short(KEY_MAX)),
    "source": _short(32),
    "handle": _short(200),
    "result": _object,
}
