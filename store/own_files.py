"""The files of the own JSON format, written and read piece by piece.

A file costs the memory of a piece, however large it is.
"""

from base64 import b64decode, b64encode
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, suppress
from typing import IO

from sqlalchemy import ColumnElement, Select, select
from sqlmodel import Session

from store.carried import Skipped
from store.carried_files import FILE_FIELDS, PIECE, PIECE_MAX, CarriedBytes, CarriedFile, read_file
from store.errors import Refused
from store.json_stream import FIX, JsonStream
from store.plain_json import dumped
from store.session_locks import AT_ONCE, lasting
from store.tables import files, message_files, messages, sessions
from store.texts import repaired
from store.types import Found, utc_now

HEADER_KEYS = 100
OpenBytes = Callable[[str], IO[bytes]]
"""The bytes of a hash, to be read and closed; raises `OSError` where they are not there."""
OpenReading = Callable[[], AbstractContextManager[Session]]
_COLUMNS = [files.c[name] for name in FILE_FIELDS]


def no_bytes(sha256: str) -> IO[bytes]:
    """Where none are kept; raises `OSError`."""
    raise FileNotFoundError(sha256)


def written(
    reading: OpenReading, opened: OpenBytes, *, user_id: str, session_ids: Sequence[str] | None
) -> Iterator[bytes]:
    """The items of the list: files that messages of these chats have, or of all lasting ones.

    One whose bytes are not there, or that is removed meanwhile, is named only.
    """
    comma = "\n "
    for part in _parts(reading, user_id, session_ids):
        with reading() as db:
            these = (files.c.user_id == user_id, files.c.file_id.in_(part))
            rows = db.execute(select(*_COLUMNS).where(*these).order_by(files.c.file_id)).all()
        for row in rows:
            yield comma.encode()
            comma = ",\n "
            yield from _file(row, opened)


def _parts(
    reading: OpenReading, user_id: str, session_ids: Sequence[str] | None
) -> Iterator[list[str]]:
    """The ids of so many at once."""
    with reading() as db:
        found: set[str] = set()
        if session_ids is None:
            found.update(db.scalars(_named(user_id, lasting())))
        else:
            for start in range(0, len(session_ids), AT_ONCE):
                these = sessions.c.session_id.in_(session_ids[start : start + AT_ONCE])
                found.update(db.scalars(_named(user_id, these)))
    ids = sorted(found)
    for start in range(0, len(ids), AT_ONCE):
        yield ids[start : start + AT_ONCE]


def _named(user_id: str, which: ColumnElement[bool]) -> Select[tuple[str]]:
    query = select(message_files.c.file_id)
    query = query.select_from(message_files.join(messages).join(sessions))
    mine = (message_files.c.user_id == user_id, messages.c.deleted_at.is_(None))
    return query.where(*mine, which).distinct()


def _file(row: Found, opened: OpenBytes) -> Iterator[bytes]:
    said = dict(row._mapping)
    body: IO[bytes] | None = None
    if said["sha256"] is not None:
        with suppress(OSError):
            body = opened(said["sha256"])
    if body is None:
        said |= {"sha256": None, "deleted_at": said["deleted_at"] or utc_now()}
        yield dumped(said).encode("utf-8", "replace")
        return
    with body:
        yield dumped(said)[:-1].encode("utf-8", "replace") + b', "bytes": ['
        comma = b""
        while piece := body.read(PIECE):
            yield comma + b'"' + b64encode(piece) + b'"'
            comma = b",\n  "
    yield b"]}"


def read(stream: JsonStream) -> Iterator[CarriedFile | CarriedBytes | Skipped]:
    """Each file of the list that is next, and then its bytes.

    Bytes that are no Base64 are left out: whoever adds them up finds that some are missing.
    """
    for at, _ in enumerate(stream.items(), 1):
        header: dict[str, object] = {}
        begun: CarriedFile | None = None
        is_told = False
        for key in stream.names():
            if key != "bytes":
                header[key] = stream.value()
                if len(header) > HEADER_KEYS:
                    raise Refused("The file has an attached file of too many fields.", FIX)
                continue
            told = _told(header, at)
            is_told, begun = True, told if isinstance(told, CarriedFile) else None
            yield told
            for _ in stream.items():
                piece = _piece(stream.value())
                if begun is not None and begun.sha256 is not None and piece:
                    yield CarriedBytes(piece)
        if not is_told:
            yield _told({**header, "sha256": None}, at)


def _told(header: Mapping[str, object], at: int) -> CarriedFile | Skipped:
    try:
        return read_file(header)
    except Refused as error:
        name = header.get("name")
        where = f"file “{repaired(name)[:60]}”" if isinstance(name, str) else f"file {at}"
        return Skipped(where, str(error))


def _piece(value: object) -> bytes:
    if isinstance(value, str) and len(value) <= PIECE_MAX:
        with suppress(ValueError):
            return b64decode(value, validate=True)
    return b""
