"""Where answers come from, as tests look at it."""

from __future__ import annotations

import json
from typing import Any

from sqlalchemy import func, select, update

from chat.turns.file_words import AttachedFiles
from chat.turns.origin import Origin
from chat.turns.provenance import origin
from store import tables
from store.values import SessionKey
from tests.chat.conftest import SESSION, USER, Room


def origin_of(
    room: Room, message_id: int, session_id: str = SESSION, attached: AttachedFiles | None = None
) -> Origin:
    with room.database.reading() as db:
        key = SessionKey(USER, session_id)
        return origin(db, key, message_id=message_id, attached=attached or room.parts.files)


def compare(found: Origin, received: list[Any]) -> None:
    """Each request is what the model was sent, in the same order of names too."""
    assert len(found.requests) == len(received)
    for number, one in enumerate(received):
        assert json.dumps(found.body(number)) == json.dumps(one.body)


def counted(room: Room) -> dict[str, int]:
    tables_ = (tables.provenance, tables.named_texts, tables.sent_texts)
    with room.database.reading() as db:
        return {
            table.name: db.scalar(select(func.count()).select_from(table)) or 0 for table in tables_
        }


def record_of(room: Room, message_id: int, session_id: str = SESSION) -> Any:
    query = select(tables.provenance.c.record).where(
        tables.provenance.c.message_id == message_id, tables.provenance.c.session_id == session_id
    )
    with room.database.reading() as db:
        return db.scalar(query)


def spoil(room: Room, message_id: int) -> None:
    with room.database.transaction() as db:
        table = tables.messages
        db.execute(update(table).where(table.c.id == message_id).values(content="spoiled"))
