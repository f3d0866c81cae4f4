"""What somebody has as one JSON text, in the own format, chat by chat."""

import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import asdict

from sqlalchemy import case, select
from sqlmodel import Session

from store import files, folders, own_files, personas, preferences, provenance, users
from store.carried import (
    FOLDER_FIELDS,
    FORMAT,
    MESSAGE_FIELDS,
    PROFILE_FIELDS,
    SESSION_FIELDS,
    VERSION,
)
from store.carried_files import COMPUTED_FIELDS
from store.errors import SessionNotFound
from store.file_values import StoredFile
from store.own_files import OpenBytes, OpenReading
from store.pieces import CONTENT
from store.plain_json import dumped
from store.profiles import of_session
from store.provenance_record import Provenance
from store.session_locks import lasting, owned
from store.tables import messages, results, sessions
from store.tags import TAGS
from store.texts import is_id
from store.tree import messages_of
from store.types import Found, utc_now
from store.values import OPEN, SessionKey

OF_USER = ("username", "display_name", "email", "created_at")
AT_ONCE = 200
PIECE = 256 * 1024
HELD_BYTES = 8 * 1024 * 1024
"""What of a chat is longer waits on the disk."""
_SESSION = [TAGS if name == "tags" else sessions.c[name] for name in SESSION_FIELDS]
_IS_OPEN = messages.c.status.in_(OPEN)
_STATUS = case(
    (_IS_OPEN & (messages.c.role == "assistant"), "interrupted"),
    (_IS_OPEN, "complete"),
    else_=messages.c.status,
).label("status")
"""What is still being written goes out as far as it came."""
_OTHERS = {"content": CONTENT, "status": _STATUS}
_BESIDE = ("provenance", "files")
_MESSAGE = [_OTHERS.get(name, messages.c[name]) for name in MESSAGE_FIELDS if name not in _BESIDE]
_COMPUTED = [results.c[name] for name in COMPUTED_FIELDS]


def ids(db: Session, *, user_id: str, chosen: Sequence[str] = ()) -> list[str]:
    """Of the chosen chats, or of all lasting ones that somebody has, the trash too, oldest first.

    Raises `SessionNotFound` where one of the chosen ones is not there, or in the trash.
    """
    query = select(sessions.c.session_id).where(sessions.c.user_id == user_id)
    if chosen:
        if not all(map(is_id, chosen)):
            raise SessionNotFound
        query = query.where(sessions.c.session_id.in_(chosen), sessions.c.deleted_at.is_(None))
    else:
        query = query.where(lasting())
    found = list(db.scalars(query.order_by(sessions.c.created_at, sessions.c.session_id)))
    if chosen and len(found) != len(set(chosen)):
        raise SessionNotFound
    return found


def written(
    reading: OpenReading, opened: OpenBytes, *, user_id: str, chosen: Sequence[str] = ()
) -> Iterator[bytes]:
    """The text in pieces, a chat or less each; each is read in a transaction of its own.

    ``opened`` gives the bytes of attached files. A chat that is deleted meanwhile is left out.
    Raises `UserNotFound` and `SessionNotFound`
    before the first piece.
    """
    with reading() as db:
        session_ids = ids(db, user_id=user_id, chosen=chosen)
        head = _head(db, user_id, chosen)
    yield dumped(head)[:-1].encode("utf-8", "replace") + b',\n"files": ['
    of_these = session_ids if chosen else None
    yield from own_files.written(reading, opened, user_id=user_id, session_ids=of_these)
    yield b'],\n"sessions": ['
    comma = "\n"
    for session_id in session_ids:
        with tempfile.SpooledTemporaryFile(HELD_BYTES, prefix="parley-") as held:
            with reading() as db:  # not for as long as whoever takes the pieces
                for piece in _session(db, SessionKey(user_id, session_id)):
                    held.write((comma + piece).encode("utf-8", "replace"))
                    comma = ""
            held.seek(0)
            while piece_of_it := held.read(PIECE):
                yield piece_of_it
        comma = comma or ",\n"
    yield b"\n]}\n"


def _head(db: Session, user_id: str, chosen: Sequence[str]) -> dict[str, object]:
    """What all chats share; of folders those that the chosen ones are in."""
    user, shelves = users.get(db, user_id=user_id), folders.listed(db, user_id=user_id)
    head: dict[str, object] = {"format": FORMAT, "version": VERSION, "exported_at": utc_now()}
    if chosen:
        these = (sessions.c.user_id == user_id, sessions.c.session_id.in_(chosen))
        named = set(db.scalars(select(sessions.c.folder).where(*these)))
        named |= {one.parent_id for one in shelves if one.folder_id in named}
        shelves = [one for one in shelves if one.folder_id in named]
    else:
        head["user"] = {name: getattr(user, name) for name in OF_USER}
        head["preferences"] = preferences.of_user(db, user_id=user_id)
        head["personas"] = list(map(asdict, personas.listed(db, user_id=user_id)))
    folder_fields = [{name: getattr(one, name) for name in FOLDER_FIELDS} for one in shelves]
    return {**head, "folders": folder_fields}


def _session(db: Session, key: SessionKey) -> Iterator[str]:
    """A chat's text, in pieces of so many messages."""
    row = db.execute(select(*_SESSION).where(*owned(key))).first()
    if row is None:
        return
    found = db.execute(
        select(*_MESSAGE)
        .where(*messages_of(key), messages.c.deleted_at.is_(None))
        .order_by(messages.c.id)
        .execution_options(yield_per=AT_ONCE)
    )
    piece, comma = f'{dumped(_fields(row))[:-1]}, "messages": [', "\n "
    told: set[str] = set()
    for rows in found.partitions(AT_ONCE):
        ids_here = [row.id for row in rows]
        sent = provenance.of_messages(db, key, ids_here, told)
        attached = files.of_messages(db, key, ids_here)
        texts = (
            dumped(_fields(row) | _sent(sent.get(row.id)) | _attached(attached.get(row.id, ())))
            for row in rows
        )
        yield piece + comma + ",\n ".join(texts)
        piece, comma = "", ",\n "
    found_by = [
        {name: getattr(one, name) for name in PROFILE_FIELDS} for one in of_session(db, key)
    ]
    yield f'{piece}], "profiles": {dumped(found_by)}, "results": ['
    comma = "\n "
    for text in _computed(db, key):
        yield comma + text
        comma = ",\n "
    yield "]}"


def _computed(db: Session, key: SessionKey) -> Iterator[str]:
    """What was computed for messages that are there, one after the other."""
    mine = (results.c.user_id == key.user_id, results.c.session_id == key.session_id)
    place = (results.c.message_id, results.c.number, results.c.result_id)
    named = select(*place).join(messages).where(*mine, messages.c.deleted_at.is_(None))
    for row in db.execute(named.order_by(*place)).all():
        this = (results.c.message_id == row.message_id, results.c.result_id == row.result_id)
        yield dumped(_fields(db.execute(select(*_COMPUTED).where(*mine, *this)).one()))


def _attached(these: Sequence[StoredFile]) -> dict[str, object]:
    return {"files": [one.file_id for one in these]} if these else {}


def _sent(kept: Provenance | None) -> dict[str, object]:
    return {"provenance": kept.as_json()} if kept else {}


def _fields(row: Found) -> dict[str, object]:
    return dict(row._mapping)
