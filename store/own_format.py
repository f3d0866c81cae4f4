"""Reads the own JSON format, which `store.takeout` writes; ``docs/format.md`` describes it.

Also what Parley wrote before the format had a version.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from typing import IO, get_type_hints

from store import own_files
from store.carried import (
    VERSION,
    CarriedFolder,
    CarriedPiece,
    CarriedPreferences,
    CarriedSession,
    OwnPiece,
    Skipped,
    read_folder,
    read_message,
    read_profile,
    read_session,
)
from store.carried_fields import moment
from store.carried_files import read_computed
from store.errors import Refused
from store.folders import FOLDERS_MAX
from store.json_stream import FIX, JsonStream
from store.session_values import check_json
from store.texts import made_id, repaired
from store.values import PERSONA_FIELDS, OwnPersona, PersonaDraft

HEADER_KEYS = 1_000


def read(file: IO[bytes]) -> Iterator[OwnPiece]:
    """What is in it, in its order; raises `Refused` where it is another file, or a damaged one."""
    yield from read_from(JsonStream(file))


def read_from(stream: JsonStream) -> Iterator[OwnPiece]:
    """The same, of a text that is open already."""
    found, version = False, 0
    for key in stream.names():
        if key == "format":
            stream.value()
            version = version or 1
        elif key == "version":
            version = _version(stream.value())
        elif key in _SHARED:
            read_one = _SHARED[key]
            for _ in stream.items():
                yield read_one(stream.value())
        elif key == "files":
            yield from own_files.read(stream)
        elif key == "preferences":
            said = stream.value()
            if isinstance(said, Mapping):
                yield CarriedPreferences(said)
        elif key == "sessions":
            found = True
            yield from _sessions(stream, version)
        else:
            stream.value()
    if not found:
        raise Refused("The file has no chats of Parley in it.", FIX)
    stream.end()


def _version(said: object) -> int:
    if not isinstance(said, int) or said < 1:
        raise Refused("The version of the file's format cannot be read.", FIX)
    if said > VERSION:
        raise Refused(
            f"The file is of a newer Parley: its format is version {said}, "
            f"and this Parley reads up to {VERSION}.",
            "Bring this Parley up to date, then import it again.",
        )
    return said


def _sessions(stream: JsonStream, version: int) -> Iterator[OwnPiece]:
    """Before the format had a version, a chat's folder was a name, and the folder nothing else."""
    named: set[str] = set()
    for at, _ in enumerate(stream.items(), 1):
        for piece in _session(stream, f"chat {at}"):
            if version or not isinstance(piece, CarriedSession) or not piece.folder:
                yield piece
                continue
            folder_id = made_id(f"folder {piece.folder}")
            if folder_id not in named and len(named) < FOLDERS_MAX:
                named.add(folder_id)
                made = {"folder_id": folder_id, "created_at": piece.created_at}
                yield CarriedFolder(name=piece.folder, **made)  # type: ignore[arg-type]
            yield replace(piece, folder=folder_id)


def _session(stream: JsonStream, where: str) -> Iterator[CarriedPiece]:
    """One chat; what is said of it comes before its messages, as it is written."""
    header: dict[str, object] = {}
    begun: CarriedSession | None = None
    refused = ""
    for key in stream.names():
        if key not in _PARTS:
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
    kind, read_one = _PARTS[key]
    try:
        if not isinstance(value, Mapping):
            raise Refused("It is no object.", "See the format.")
        return read_one(value)
    except Refused as error:
        number = value.get("id", "?") if isinstance(value, Mapping) else "?"
        return Skipped(f"{where}, {kind} {str(number)[:20]}", str(error))


def _named(header: Mapping[str, object], where: str) -> str:
    title = header.get("title")
    return f"“{repaired(title)[:60]}”" if isinstance(title, str) and title else where


def _folder(value: object) -> CarriedFolder | Skipped:
    try:
        if not isinstance(value, Mapping):
            raise Refused("It is no object.", "See the format.")
        return read_folder(value)
    except Refused as error:
        name = value.get("name") if isinstance(value, Mapping) else None
        where = f"folder “{repaired(name)[:60]}”" if isinstance(name, str) else "a folder"
        return Skipped(where, str(error))


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


_PARTS: Mapping[str, tuple[str, Callable[[Mapping[str, object]], CarriedPiece]]] = {
    "messages": ("message", read_message),
    "profiles": ("analysis result", read_profile),
    "results": ("computed result", read_computed),
}
_SHARED: Mapping[str, Callable[[object], OwnPiece]] = {"personas": _persona, "folders": _folder}
