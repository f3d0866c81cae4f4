"""Chats from elsewhere that are not here yet, many of them with few statements.

Between two statements other threads have their turn, so what counts is how many there are. The
caller owns the transaction.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session

from store import bulk, known_chats, many_rows, search_index
from store.bulk import Arrival
from store.carried import CarriedMessage
from store.errors import Refused
from store.messages import on_screen
from store.search_index import SearchText
from store.tables import messages, sessions
from store.texts import PREVIEW_CUT, cut
from store.values import Allowance

WholeChat = tuple[Arrival, Sequence[CarriedMessage]]
"""A chat of another program, and all of its messages."""


def add(db: Session, user_id: str, given: Sequence[WholeChat], *, may: Allowance) -> list[bool]:
    """Keep those that are new, and tell which; the others are left as they are.

    Raises what ``may`` raises.
    """
    keys = [known_chats.own_ids(user_id, arrival.said)[0] for arrival, _ in given]
    ids = [key.session_id for key in keys]
    theirs = (sessions.c.user_id == user_id, sessions.c.session_id.in_(ids))
    there = set(db.scalars(select(sessions.c.session_id).where(*theirs)))
    made: dict[int, tuple[Arrival, list[dict[str, Any]]]] = {}
    for at, (arrival, said) in enumerate(given):
        if ids[at] not in there:
            there.add(ids[at])  # another one in the file is added to it
            copy = replace(
                arrival, places=dict(arrival.places), skipped=list(arrival.skipped), words={}
            )
            copy.key, copy.is_new, copy.is_there = keys[at], True, True
            may.add_session()
            try:
                made[at] = copy, bulk.placed(copy, said, {}, set(), 1)
            except Refused:
                continue
    try:
        with db.begin_nested():
            _keep(db, user_id, list(made.values()))
    except IntegrityError:  # one of them was made elsewhere at this very moment
        return [False] * len(given)
    for at, (copy, rows) in made.items():
        arrival = given[at][0]
        arrival.key, arrival.is_new, arrival.is_there = copy.key, True, True
        arrival.places, arrival.skipped, arrival.added = copy.places, copy.skipped, len(rows)
    return [at in made for at in range(len(given))]


def _keep(db: Session, user_id: str, made: Sequence[tuple[Arrival, list[dict[str, Any]]]]) -> None:
    if not made:
        return
    many_rows.add(db, sessions, [_row(*one) for one in made])
    texts = [_title(arrival) for arrival, _ in made]
    for arrival, rows in made:
        if rows:
            texts += bulk.found_by(arrival, rows)
    groups: dict[tuple[str, ...], list[dict[str, Any]]] = {}
    for _, rows in made:
        for row in rows:
            groups.setdefault(tuple(row), []).append(row)
    for group in groups.values():
        many_rows.add(db, messages, group)
    search_index.written(db, user_id, sorted(texts, key=_time))


def _row(arrival: Arrival, rows: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """As it is when all of its messages are there."""
    said = arrival.said
    row = bulk.row_of(arrival.key, said)
    if not rows:
        return {**row, **_shown(said.title, None, 0, ""), "next_number": 1}
    place = arrival.places.get(said.active_leaf_id or 0) or (rows[-1]["id"], rows[-1]["depth"])
    by_id = {one["id"]: one for one in rows}
    leaf_id, depth = place
    leaf = by_id[leaf_id]
    text = leaf["content"]
    if not text.strip() and leaf["parent_id"] is not None:
        text = by_id[leaf["parent_id"]]["content"]
    preview = cut(text[: 20 * PREVIEW_CUT], PREVIEW_CUT)
    latest = max(said.last_activity_at, *(one["created_at"] for one in rows))
    shown = _shown(said.title, leaf_id, depth, preview)
    return {**row, **shown, "last_activity_at": latest, "next_number": arrival.number}


def _shown(title: str, leaf_id: int | None, count: int, preview: str) -> dict[str, object]:
    shown = on_screen(title, leaf_id, count, preview)
    del shown["version"]
    return shown


def _title(arrival: Arrival) -> SearchText:
    key, said = arrival.key, arrival.said
    return SearchText(key.session_id, None, "title", said.title, said.created_at)


def _time(text: SearchText) -> datetime:
    return text.created_at
