"""What a sent message costs the database."""

from __future__ import annotations

import threading

from sqlalchemy import event

from tests.chat.conftest import Room
from tests.model_script import Pause

MOST = 8


def test_sending_takes_few_statements(room: Room) -> None:
    """Those of whoever sends; writing the answer is the loop's work, beside it."""
    running = room.send("first", Pause())
    here, seen = threading.get_ident(), []

    def note(_connection: object, _cursor: object, sql: str, *_rest: object) -> None:
        if threading.get_ident() == here:
            seen.append(sql)

    event.listen(room.database.engine, "before_cursor_execute", note)
    room.send("second", idempotency_key="k")
    event.remove(room.database.engine, "before_cursor_execute", note)
    assert seen[0].startswith("BEGIN")
    assert len(seen) <= MOST, seen
    writes = [sql for sql in seen if sql.startswith(("INSERT", "UPDATE"))]
    assert len(writes) == 3, "the messages, the session, and what search finds"
    room.stop()
    room.watch(running.answer.id)
