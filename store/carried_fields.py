"""What may be in each field of the own JSON format: how it is read from a file of anybody's.

What is no value of its field raises `Refused`, `TypeError` or `ValueError`; text that no database
can keep is repaired.
"""

import json
import re
from base64 import b64decode
from collections.abc import Callable, Mapping
from dataclasses import MISSING, fields
from datetime import UTC, datetime
from typing import Any

from store.errors import Refused
from store.file_values import FILE_KINDS, ColumnInfo, columns_of
from store.folders import COLOURS
from store.provenance_record import Provenance
from store.session_values import check_json, check_parameters, check_tags
from store.texts import repaired

NUMBER_MAX = 2**31 - 1
JSON_MAX, JSON_DEPTH = 8_000_000, 60
"""Of the objects that Parley itself keeps with a message or chat, which nobody writes by hand."""
KEY_MAX = 200
BIG_MAX = 2**63 - 1
FILES_MAX = 1_000
COLUMNS_MAX = 2_000
ABOUT_MAX = 100_000
QUERY_MAX = 100_000
MEDIA_TYPE_MAX = 100
_MEDIA_TYPE = re.compile(r"[a-z0-9.+-]{1,50}/[a-z0-9.+-]{1,50}")
_SHA256 = re.compile(r"[0-9a-f]{64}")
_EARLIEST, _LATEST = datetime(1, 1, 2, tzinfo=UTC), datetime(9999, 12, 30, tzinfo=UTC)


def moment(value: object) -> datetime:
    """A time, as text in ISO 8601 or as a number of seconds (or less) since 1970; else `Refused`.

    Without a zone it is UTC.
    """
    try:
        if isinstance(value, str):
            read = datetime.fromisoformat(value.strip()[:64])
            return _any_zone((read if read.tzinfo else read.replace(tzinfo=UTC)).astimezone(UTC))
        if isinstance(value, int | float) and not isinstance(value, bool):
            seconds = float(value)
            for _ in range(3):  # milliseconds and less
                seconds = seconds / 1000 if abs(seconds) > 1e11 else seconds
            return _any_zone(datetime.fromtimestamp(seconds, UTC))
    except (ValueError, OverflowError, OSError):
        pass
    raise Refused("It has a time that cannot be read.", "Times are ISO 8601.")


def tags_of(value: object) -> tuple[str, ...]:
    """The words on a chat; raises `Refused` or `TypeError`."""
    return tuple(check_tags([_text(one) for one in _list(value)]))


def read_fields(
    kind: type[Any], names: list[str], found: Mapping[str, object]
) -> dict[str, object]:
    """Those of a dataclass that are there, each as its `READERS` read it; raises `Refused`."""
    values: dict[str, object] = {}
    for one in fields(kind):
        if one.name not in names:
            continue
        if one.name not in found:
            if one.default is MISSING and one.default_factory is MISSING:
                raise Refused(f"It has no {one.name}.", "The format needs it.")
            continue
        try:
            values[one.name] = READERS[one.name](found[one.name])
        except (Refused, TypeError, ValueError):
            raise Refused(f"Its {one.name} cannot be taken.", "See the format.") from None
    return values


def _any_zone(read: datetime) -> datetime:
    """So that it is a time wherever somebody reads it."""
    return min(max(read, _EARLIEST), _LATEST)


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


def _provenance(value: object) -> Provenance:
    found = Provenance.of_json(_object(value))
    if found is None:
        raise TypeError
    return found


def _big(value: object) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value <= BIG_MAX:
        raise ValueError
    return value


def _sha256(value: object) -> str:
    if not isinstance(value, str) or not _SHA256.fullmatch(value):
        raise ValueError
    return value


def _files(value: object) -> tuple[str, ...]:
    if not isinstance(value, list) or len(value) > FILES_MAX:
        raise ValueError
    return tuple(dict.fromkeys(map(_short(64), value)))


def _columns(value: object) -> tuple[ColumnInfo, ...]:
    if len(_list(value)) > COLUMNS_MAX:
        raise ValueError
    return tuple(ColumnInfo(repaired(one.name), one.type[:200]) for one in columns_of(value))


def _about(value: object) -> Mapping[str, object]:
    found = _object(value)
    if len(json.dumps(found, ensure_ascii=False)) > ABOUT_MAX:
        raise ValueError
    return found


def _media_type(value: object) -> str:
    text = _text(value)
    if len(text) > MEDIA_TYPE_MAX or not _MEDIA_TYPE.fullmatch(text):
        raise ValueError
    return text


def _base64(value: object) -> bytes:
    if not isinstance(value, str):
        raise TypeError
    return b64decode(value, validate=True)


READERS: dict[str, Callable[[object], object]] = {
    **dict.fromkeys(("session_id", "persona", "folder_id"), _short(64)),
    **dict.fromkeys(("title", "model"), _short(200)),
    **dict.fromkeys(("content", "description", "name", "system_prompt"), _text),
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
    "cached_tokens": _maybe(_number),
    "provenance": _maybe(_provenance),
    "tags": tags_of,
    "colour": _one_of(*COLOURS),
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
    "kind": _one_of(*FILE_KINDS, "chart"),
    "files": _files,
    "sha256": _maybe(_sha256),
    "details": _object,
    "about": _about,
    "columns": _columns,
    "data": _base64,
    "media_type": _media_type,
    "query": _short(QUERY_MAX),
    **dict.fromkeys(("size", "total"), _big),
    **dict.fromkeys(("file_id", "result_id"), _short(64)),
    **dict.fromkeys(("message_id", "number", "count"), _number),
}
