"""Reads the own JSON format, which `store.takeout` writes; ``docs/format.md`` describes it.

Also what Parley wrote before the format had a version.
"""

from collections.abc import Iterator, Mapping
from typing import IO, get_type_hints

from store.carried import (
    VERSION,
    CarriedPiece,
    CarriedSession,
    Skipped,
    moment,
    read_message,
    read_profile,
    read_session,
)
from store.errors import Refused
from store.json_stream import FIX, JsonStream
from store.session_values import check_json
from store.texts import repaired
from store.values import PERSONA_FIELDS, OwnPersona, PersonaDraft

HEADER_KEYS = 1_000


def read(file: IO[bytes]) -> Iterator[CarriedPiece | OwnPersona]:
    """What is in it, in its order; raises `Refused` where it is another file, or a damaged one."""
    yield from read_from(JsonStream(file))


def read_from(stream: JsonStream) -> Iterator[CarriedPiece | OwnPersona]:
    """The same, of a text that is open already."""
    found = False
    for key in stream.names():
        if key == "version":
            version = stream.value()
            if not isinstance(version, int) or not 1 <= version <= VERSION:
                raise Refused("The file is of a newer Parley.", "Import it there.")
        elif key == "personas":
            for _ in stream.items():
                yield _persona(stream.value())
        elif key == "sessions":
            found = True
            for at, _ in enumerate(stream.items(), 1):
                yield from _session(stream, f"chat {at}")
        else:
            stream.value()
    if not found:
        raise Refused("The file has no chats of Parley in it.", FIX)
    stream.end()


def _session(stream: JsonStream, where: str) -> Iterator[CarriedPiece]:
    """One chat; what is said of it comes before its messages, as it is written."""
    header: dict[str, object] = {}
    begun: CarriedSession | None = None
    refused = ""
    for key in stream.names():
        if key not in ("messages", "profiles"):
            header[key] = stream.value()
            if len(header) > HEADER_KEYS:
                raise Refused("The file has a chat of too many fields.", FIX)
            continue
        if begun is None and not refused:
            try:
                begun = read_session(header)
                yield begun
            except Refused as error:
                refused = str(error)
                yield Skipped(_named(header, where), refused)
        for _ in stream.items():
            value = stream.value()
            if begun is not None:
                yield _part(key, value, _named(header, where))
    if begun is None and not refused:
        try:
            yield read_session(header)
        except Refused as error:
            yield Skipped(_named(header, where), str(error))


def _part(key: str, value: object, where: str) -> CarriedPiece:
    kind = "message" if key == "messages" else "analysis result"
    try:
        if not isinstance(value, Mapping):
            raise Refused("It is no object.", "See the format.")
        return read_message(value) if key == "messages" else read_profile(value)
    except Refused as error:
        number = value.get("id", "?") if isinstance(value, Mapping) else "?"
        return Skipped(f"{where}, {kind} {str(number)[:20]}", str(error))


def _named(header: Mapping[str, object], where: str) -> str:
    title = header.get("title")
    return f"“{repaired(title)[:60]}”" if isinstance(title, str) and title else where


def _persona(value: object) -> OwnPersona | Skipped:
    try:
        check_json(value, 5)
        if not isinstance(value, Mapping):
            raise TypeError
        hints = get_type_hints(PersonaDraft)
        said: dict[str, object] = {}
        for name in PERSONA_FIELDS:
            if name not in value:
                continue
            given = value[name]
            if isinstance(given, list):
                given = tuple(map(str, given))
            if hints[name] is str and not isinstance(given, str):
                raise TypeError
            said[name] = given
        times = {name: moment(value[name]) for name in ("created_at", "updated_at")}
        return OwnPersona(id=str(value["id"])[:64], **times, **said)  # type: ignore[arg-type]
    except (Refused, TypeError, KeyError):
        return Skipped("a persona", "It cannot be read.")
