"""Databases with many messages to look for something in, with words as often as people use them."""

from __future__ import annotations

import random
import sys
from datetime import UTC, datetime, timedelta
from itertools import accumulate
from typing import Any

from sqlalchemy import insert

from store import search_index, users
from store.database import Database
from store.tables import messages, sessions
from store.tables import users as users_table
from store.users import LOCAL_USER

SIZE = 20
AT_ONCE = 5_000
COMMON, RARE, ABSENT = "pump", "zebrafish", "xylophone"
VOCABULARY = [
    f"{a}{b}{c}" for a in "bdfgklmnprst" for b in ("a", "e", "io", "u") for c in range(400)
]
WEIGHTS = list(accumulate(1 / at for at in range(1, len(VOCABULARY) + 1)))
BEGIN = datetime(2020, 1, 1, tzinfo=UTC)
OTHER = "other"


def fill(url: str, count: int, user_id: str = LOCAL_USER) -> None:
    """So many messages of somebody, in chats of 20; half have `COMMON`, a few have `RARE`."""
    database = Database(url)
    database.open()
    with database.transaction() as db:
        users.ensure_local(db)
        if user_id != LOCAL_USER:
            row = {"id": user_id, "username": user_id, "created_at": BEGIN}
            db.execute(insert(users_table).values(row))
    chance = random.Random(count)
    for start in range(0, count, AT_ONCE):
        rows = [
            _row(user_id, number, count, chance)
            for number in range(start, min(start + AT_ONCE, count))
        ]
        begun = [_session(row) for row in rows if row["id"] == 1]
        with database.transaction() as db:
            db.execute(insert(sessions), begun)
            db.execute(insert(messages), rows)
            search_index.written(
                db,
                user_id,
                [
                    search_index.SearchText(
                        *(
                            row[name]
                            for name in ("session_id", "id", "role", "content", "created_at")
                        )
                    )
                    for row in rows
                ],
            )
    database.close()


def words(number: int, count: int) -> str:
    """So many, always the same of a number."""
    return " ".join(random.Random(number).choices(VOCABULARY, cum_weights=WEIGHTS, k=count))


def _row(user_id: str, number: int, count: int, chance: random.Random) -> dict[str, Any]:
    place = number % SIZE + 1
    words = chance.choices(VOCABULARY, cum_weights=WEIGHTS, k=chance.randrange(10, 110))
    if number % 2:
        words[3] = COMMON
    if number % max(count // 5, 1) == 7:
        words[5] = RARE
    return {
        "user_id": user_id,
        "session_id": f"{user_id}-{number // SIZE}",
        "id": place,
        "parent_id": place - 1 or None,
        "depth": place,
        "role": "user" if place % 2 else "assistant",
        "content": " ".join(words),
        "created_at": BEGIN + timedelta(seconds=number * 60),
    }


def _session(row: dict[str, Any]) -> dict[str, Any]:
    names = ("user_id", "session_id", "created_at")
    return {
        **{name: row[name] for name in names},
        "title": f"Chat {row['session_id']}",
        "active_leaf_id": SIZE,
        "next_number": SIZE + 1,
        "message_count": SIZE,
        "last_activity_at": row["created_at"],
    }


if __name__ == "__main__":
    fill(sys.argv[1], int(sys.argv[2]), *sys.argv[3:])
