from __future__ import annotations

from dataclasses import asdict
from typing import Any

import pytest
from sqlalchemy import insert, select
from sqlmodel import Session

from store import copies, messages, sessions
from store.errors import MessageNotFound
from store.session_values import ChatSession
from store.tables import messages as message_rows
from store.tables import profiles
from store.values import Message, SessionKey
from tests.store.samples import (
    ANN,
    FREE,
    NOON,
    answered_again,
    asked,
    chain,
    end,
    everything,
    exchange,
    make,
)


def whole(db: Session, session: ChatSession) -> list[Message]:
    return messages.window(
        db, SessionKey(ANN, session.session_id), leaf_id=session.active_leaf_id, limit=10_000
    )


def rows(db: Session, session_id: str) -> list[dict[str, Any]]:
    found = select(message_rows).where(message_rows.c.session_id == session_id)
    left_out = {"session_id", "owner_process", "checkpoint_at", "idempotency_key"}
    return [
        {name: value for name, value in row._mapping.items() if name not in left_out}
        for row in db.execute(found.order_by(message_rows.c.id))
    ]


def filled(db: Session) -> SessionKey:
    """Two versions of an answer, the older one with more below it and on screen."""
    place = make(db, parameters={"t": 1}, model="m", metadata={"k": "v"})
    exchange(db, place, "one", "first", idempotency_key="k")
    exchange(db, place, "two", "second", idempotency_key="l")
    again = answered_again(db, place, message_id=2)
    end(db, place, again.id, "other", prompt_tokens=5, cost=1.0)
    messages.select_version(db, place, message_id=2)
    return place


def test_a_duplicate_is_the_same_tree_and_leaves_the_first_alone(db: Session) -> None:
    place = filled(db)
    row = {**asdict(place), "source": "x", "handle": "@a", "result": {"n": 1}, "created_at": NOON}
    db.execute(insert(profiles).values(**row))
    before, original = rows(db, place.session_id), sessions.get(db, place)
    copy = copies.duplicate(db, place, may=FREE)
    assert rows(db, copy.session_id) == before == rows(db, place.session_id)
    assert sessions.get(db, place) == original
    assert copy.title == "Copy of one"
    for name in ("model", "parameters", "metadata", "context", "active_leaf_id", "preview"):
        assert getattr(copy, name) == getattr(original, name)
    assert copy.message_count == original.message_count
    assert (copy.prompt_tokens, copy.cost, copy.version > 0) == (0, 0, True)
    found = db.execute(select(profiles.c.result).where(profiles.c.session_id == copy.session_id))
    assert found.all() == [({"n": 1},)]
    assert copies.duplicate(db, place, may=FREE).session_id != copy.session_id


def test_a_copy_goes_its_own_way(db: Session) -> None:
    place = filled(db)
    copy = copies.duplicate(db, place, may=FREE)
    own = SessionKey(ANN, copy.session_id)
    before = rows(db, place.session_id)
    question, _ = exchange(db, own, "three", idempotency_key="k")
    messages.delete(db, own, message_id=2)
    assert question.id == 6
    assert rows(db, place.session_id) == before
    found = sessions.recent(db, user_id=ANN, query="copy of one")
    assert [session.session_id for session in found] == [copy.session_id]


def test_the_trash_is_not_copied(db: Session) -> None:
    place = filled(db)
    messages.delete(db, place, message_id=2)
    copy = copies.duplicate(db, place, may=FREE)
    assert [row["id"] for row in rows(db, copy.session_id)] == [1, 5]
    assert [message.content for message in whole(db, copy)] == ["one", "other"]


def test_what_is_open_is_interrupted_in_the_copy(db: Session) -> None:
    place = make(db)
    asked(db, place)
    asked(db, place)
    copy = copies.duplicate(db, place, may=FREE)
    statuses = [message.status for message in whole(db, copy)]
    assert statuses == ["complete", "interrupted", "complete", "interrupted"]
    again = asked(db, SessionKey(ANN, copy.session_id))
    assert again.answer.status == "streaming"
    assert messages.get(db, place, message_id=2).status == "streaming"


def test_a_copy_is_neither_pinned_nor_archived_and_its_title_fits(db: Session) -> None:
    place = make(db, title="x" * 200)
    sessions.change(db, place, pinned=True)
    sessions.change(db, place, archived=True)
    copy = copies.duplicate(db, place, may=FREE)
    assert (copy.pinned, copy.archived_at, copy.message_count) == (False, None, 0)
    assert copy.title.startswith("Copy of")
    assert len(copy.title) <= 200
    assert copies.duplicate(db, make(db), may=FREE).title == "Copy of new chat"


@pytest.mark.parametrize(("message_id", "kept"), [(1, [1]), (3, [1, 2, 3]), (5, [1, 5])])
def test_a_branch_is_the_way_to_one_message(db: Session, message_id: int, kept: list[int]) -> None:
    place = filled(db)
    before = everything(db)["messages"]
    copy = copies.branch(db, place, message_id=message_id, may=FREE)
    assert [row["id"] for row in rows(db, copy.session_id)] == kept
    assert [message.id for message in whole(db, copy)] == kept
    assert all(message.versions == (message.id,) for message in whole(db, copy))
    assert (copy.title, copy.message_count) == ("Branch of one", len(kept))
    assert all(row in everything(db)["messages"] for row in before)


@pytest.mark.parametrize("message_id", [0, 99, 2**31, -(2**70)])
def test_there_is_no_branch_to_no_message(db: Session, message_id: int) -> None:
    place = filled(db)
    before = everything(db)
    with pytest.raises(MessageNotFound):
        copies.branch(db, place, message_id=message_id, may=FREE)
    assert everything(db) == before


def test_a_long_branch_is_copied_whole(db: Session) -> None:
    place = make(db)
    chain(db, place, 2000)
    copy = copies.branch(db, place, message_id=1999, may=FREE)
    assert copy.message_count == 1999
    assert len(rows(db, copy.session_id)) == 1999
