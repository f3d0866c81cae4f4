"""A session that is emptied and stays, and how that is taken back."""

from __future__ import annotations

import json
from contextlib import nullcontext
from datetime import timedelta

import pytest
from sqlmodel import Session

from store import answers, bookmarks, copies, marks, messages, profiles, sessions
from store.cleanup import due, remove_due
from store.clearing import clear, restore
from store.errors import SessionNotFound
from store.own_files import no_bytes
from store.takeout import written
from store.values import SessionKey
from tests.store.samples import (
    ANN,
    FREE,
    NOON,
    OWNER,
    answered_again,
    asked,
    end,
    everything,
    exchange,
    make,
)

DAY = timedelta(days=1)


def saved(db: Session, place: SessionKey, handle: str, n: int = 1) -> None:
    profiles.save(db, place, source="x", handle=handle, result={"n": n}, now=NOON)


def filled(db: Session) -> SessionKey:
    """Two exchanges, the second answered twice and bookmarked, and a result."""
    place = make(db, title="Kept", parameters={"temperature": 0.5})
    exchange(db, place, "first")
    exchange(db, place, "second")
    end(db, place, answered_again(db, place, message_id=4).id, "another")
    marks.mark(db, place, message_id=4, bookmarked=True)
    saved(db, place, "a")
    return place


def test_it_is_empty_and_keeps_what_is_its_own(db: Session) -> None:
    place, beside = filled(db), make(db)
    exchange(db, beside)
    before = sessions.get(db, place)
    cleared = clear(db, place, now=NOON)
    assert (cleared.message_count, cleared.preview, cleared.active_leaf_id) == (0, "", None)
    assert (cleared.title, cleared.parameters) == ("Kept", {"temperature": 0.5})
    assert cleared.version > before.version
    assert sessions.totals(db, user_id=ANN).messages == 2
    assert (profiles.count(db, place), bookmarks.count(db, user_id=ANN)) == (0, 0)
    [row] = [row for row in sessions.recent(db, user_id=ANN) if row.session_id == place.session_id]
    assert (row.unread, row.bookmarked, row.answering) == (False, False, False)
    taken = json.loads(b"".join(written(lambda: nullcontext(db), no_bytes, user_id=ANN)))[
        "sessions"
    ]
    assert {len(one["messages"]) for one in taken if not one["profiles"]} == {0, 2}
    copy = copies.duplicate(db, place, may=FREE)
    assert copy.message_count == profiles.count(db, SessionKey(ANN, copy.session_id)) == 0
    with pytest.raises(SessionNotFound):
        restore(db, SessionKey(ANN, copy.session_id))


def test_what_was_cleared_comes_back_as_it_was(db: Session) -> None:
    place = filled(db)
    before, shown = sessions.get(db, place), everything(db)["messages"]
    clear(db, place)
    assert clear(db, place).version == sessions.get(db, place).version  # nothing is lost by it
    back = restore(db, place)
    assert everything(db)["messages"] == shown
    assert (back.active_leaf_id, back.message_count, back.preview) == (
        before.active_leaf_id,
        before.message_count,
        before.preview,
    )
    assert profiles.count(db, place) == bookmarks.count(db, user_id=ANN) == 1
    with pytest.raises(SessionNotFound):
        restore(db, place)


def test_what_was_said_and_analysed_since_stays_beside_it(db: Session) -> None:
    place = filled(db)
    clear(db, place)
    question, _ = exchange(db, place, "since")
    assert (question.parent_id, question.versions) == (None, (question.id,))
    saved(db, place, "a", n=2)
    saved(db, place, "b", n=3)
    back = restore(db, place)
    window = messages.window(db, place, leaf_id=back.active_leaf_id)
    assert [message.content for message in window] == ["first", "Hello", "second", "another"]
    assert window[0].versions == (1, question.id)
    found = {row.handle: row.result for row in profiles.listed(db, place)}
    assert found == {"a": {"n": 2}, "b": {"n": 3}}


def test_an_answer_in_between_ends_without_a_trace(db: Session) -> None:
    place = make(db)
    running, waiting = asked(db, place, "now").answer, asked(db, place, "next").answer
    clear(db, place)
    end(db, place, running.id, "half", status="stopped", context={"a": 1}, prompt_tokens=7)
    assert answers.start_next(db, place, owner=OWNER) is None
    session = sessions.get(db, place)
    assert (session.message_count, session.preview, session.context) == (0, "", {})
    assert session.prompt_tokens == 7
    [row] = sessions.recent(db, user_id=ANN)
    assert (row.unread, row.answering) == (False, False)
    restore(db, place)
    assert messages.get(db, place, message_id=running.id).content == "half"
    assert messages.get(db, place, message_id=waiting.id).status == "queued"


def test_it_goes_for_good_after_the_time_of_the_trash(db: Session) -> None:
    place = filled(db)
    clear(db, place, now=NOON - DAY)
    exchange(db, place, "since", now=NOON)
    saved(db, place, "b")
    times = {"deleted_before": NOON - timedelta(hours=1), "unused_before": None}
    remove_due(db, due(db, **times, only_guests=False), now=NOON)
    assert {row[2] for row in everything(db)["messages"]} == {6, 7}
    assert [row[3] for row in everything(db)["profiles"]] == ["b"]
    with pytest.raises(SessionNotFound):
        restore(db, place)
    assert due(db, **times, only_guests=False) == []
