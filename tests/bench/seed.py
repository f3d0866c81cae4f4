"""Databases with many sessions and messages, made fast: rows go in as they will be read."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Collection, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import insert

from store import users
from store.database import Database
from store.types import utc_now
from store.users import LOCAL_USER

try:
    from store.tables import messages, sessions
except ModuleNotFoundError:  # of an earlier checkout
    from store.models import messages, sessions  # type: ignore[attr-defined, no-redef]

PARAGRAPH = (
    "The pump runs dry when the **inlet valve** sticks, so check `valve_state` before anything "
    "else; in most cases cleaning the seat and replacing the ring is enough. "
)
LIST = "\n\n- close the tap\n- open the *second* screw\n- wait for the pressure to fall\n"
CODE = "\n\n```python\ndef pressure(valve: Valve) -> float:\n    return valve.read() * 1.02\n```\n"
BATCH = 5_000


def session_id(number: int) -> str:
    """The id of the session with that number; 0 has the latest activity."""
    return f"bench-{number:05d}"


def last_words(number: int) -> str:
    """What only the last message of that session says."""
    return f"last-of-{number:05d}"


def fill(
    path: Path,
    count: int,
    sizes: dict[int, int] | None = None,
    size: int = 2,
    pinned: Collection[int] = (),
) -> str:
    """A new database with ``count`` sessions of ``size`` messages; ``sizes`` by number differ.

    Returns its URL.
    """
    url = f"sqlite:///{path}"
    database = Database(url)
    database.open()
    with database.transaction() as db:
        users.ensure_local(db)
    of = {number: (sizes or {}).get(number, size) for number in range(count)}
    for batch in _batches(_sessions(of, pinned)):
        with database.transaction() as db:
            db.execute(insert(sessions), batch)
    for batch in _batches(_messages(of)):
        with database.transaction() as db:
            db.execute(insert(messages), batch)
    database.close()
    return url


def fill_as(checkout: Path, path: Path, count: int, **more: Any) -> None:
    """The same with the tables of another checkout; asks for nothing that an older one has not."""
    given = {"count": count, **more}
    if sizes := given.get("sizes"):
        given["sizes"] = list(sizes.items())
    # -P: beside this file are modules that are no packages' top level.
    command = [sys.executable, "-P", __file__, str(path), json.dumps(given)]
    environment = {**os.environ, "PYTHONPATH": str(checkout)}
    subprocess.run(command, cwd=checkout, env=environment, check=True)


def _sessions(of: dict[int, int], pinned: Collection[int]) -> Iterator[dict[str, Any]]:
    now = utc_now()
    for number, size in of.items():
        title = f"Chat {number} about the pump in the cellar"
        preview = f"{last_words(number)} as the last message"
        moment = now - timedelta(minutes=number + 1)
        yield {
            "user_id": LOCAL_USER,
            "session_id": session_id(number),
            "title": title,
            "search_text": f"{title} {preview}".casefold(),
            "preview": preview,
            "active_leaf_id": size or None,
            "next_number": size + 1,
            "message_count": size,
            "pinned": number in pinned,
            "created_at": moment - timedelta(hours=1),
            "last_activity_at": moment,
        }


def _messages(of: dict[int, int]) -> Iterator[dict[str, Any]]:
    now = utc_now()
    for number, size in of.items():
        for place in range(1, size + 1):
            asked = place % 2 == 1
            text = f"Question {place} of chat {number}: what now?" if asked else _answer(place)
            if place == size:
                text += f"\n\n{last_words(number)}"
            yield {
                "user_id": LOCAL_USER,
                "session_id": session_id(number),
                "id": place,
                "parent_id": place - 1 or None,
                "depth": place,
                "role": "user" if asked else "assistant",
                "content": text,
                "created_at": now - timedelta(minutes=number + 1),
            }


def _answer(place: int) -> str:
    """A paragraph; every second answer has a list too, every fifth a piece of code."""
    turn = place // 2
    return PARAGRAPH * 2 + (LIST if turn % 2 == 0 else "") + (CODE if turn % 5 == 0 else "")


def _batches(rows: Iterator[dict[str, Any]]) -> Iterator[list[dict[str, Any]]]:
    batch: list[dict[str, Any]] = []
    for row in rows:
        batch.append(row)
        if len(batch) == BATCH:
            yield batch
            batch = []
    if batch:
        yield batch


def _main() -> None:
    path, given = Path(sys.argv[1]), json.loads(sys.argv[2])
    fill(path, **{**given, "sizes": dict(given.get("sizes") or ())})


if __name__ == "__main__":
    _main()
