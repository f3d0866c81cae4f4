"""The text of an answer while it is written, whoever reads it and whoever ends it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Engine, event, func, select
from sqlmodel import Session

from store import answers, copies, messages, search, sessions, takeout, users
from store.cleanup import purge
from store.database import Database
from store.endings import Received, Writing, checkpoint, interrupt, take_back
from store.own_files import no_bytes
from store.search_query import parse
from store.tables import answer_pieces
from store.values import SessionKey
from tests.store.samples import (
    ANN,
    BOB,
    FREE,
    NOON,
    OWNER,
    answered_again,
    asked,
    end,
    everything,
    make,
)


def test_each_checkpoint_writes_only_what_is_new(database: Database) -> None:
    """The bytes that the database is given grow with the text, not with its square.

    It gets the text in pieces (which SQLite gets packed), whole, and, once, as the words that are
    searched.
    """
    part, sizes = "some words " * 100, []
    copies_of_it = 3.2 if database.path is None else 2.2
    for count in (20, 40):
        with database.transaction() as db:
            place = make(db)
            answer = asked(db, place).answer
        given: list[int] = []
        with bound(database.engine, given):
            for number in range(count):
                with database.transaction() as db:
                    new = Received(place, answer.id, part, start=number * len(part))
                    assert checkpoint(db, [new]) == []
            with database.transaction() as db:
                assert messages.get(db, place, message_id=answer.id).content == part * count
                end(db, place, answer.id, part * count)
        with database.reading() as db:
            assert messages.get(db, place, message_id=answer.id).content == part * count
            assert db.scalar(select(func.count()).select_from(answer_pieces)) == 0
        assert sum(given) < copies_of_it * count * len(part)
        sizes.append(sum(given))
    assert sizes[1] < 2.5 * sizes[0]


@contextmanager
def bound(engine: Engine, given: list[int]) -> Iterator[None]:
    """How long each text is that the database is given."""

    def note(_c: object, _u: object, _sql: str, values: Any, *_rest: object) -> None:
        for one in values if isinstance(values, list) else [values]:
            found = one.values() if isinstance(one, dict) else one
            given.extend(len(value) for value in found if isinstance(value, str | bytes))

    event.listen(engine, "before_cursor_execute", note)
    yield
    event.remove(engine, "before_cursor_execute", note)


def test_a_checkpoint_that_was_kept_after_all_may_come_again(db: Session) -> None:
    place = make(db)
    answer = asked(db, place).answer
    checkpoint(db, [Received(place, answer.id, "one ")])
    checkpoint(db, [Received(place, answer.id, "two ", start=4)])
    checkpoint(db, [Received(place, answer.id, "two three", start=4, again=True)])
    assert messages.get(db, place, message_id=answer.id).content == "one two three"


def test_whoever_reads_an_open_answer_gets_all_of_it(db: Session) -> None:
    """Copies, search, takeout, previews, and who takes over all sessions of somebody."""
    place = make(db)
    first = asked(db, place).answer
    end(db, place, first.id, "Begun", status="stopped")
    more = answered_again(db, place, message_id=first.id, continued=True)
    for number, part in enumerate((" with", " zebras", " and"), 1):
        start = len("Begun with zebras"[: 5 + 5 * (number > 1) + 7 * (number > 2)])
        checkpoint(db, [Received(place, more.id, part, start=start)])
    text = "Begun with zebras and"
    assert messages.get(db, place, message_id=more.id).content == text
    assert messages.window(db, place, leaf_id=more.id)[-1].content == text
    ended = []
    for copy in (
        copies.duplicate(db, place, may=FREE),
        copies.branch(db, place, message_id=more.id, may=FREE),
    ):
        key = SessionKey(ANN, copy.session_id)
        ended.append(copy.session_id)
        copied = messages.get(db, key, message_id=more.id)
        assert (copied.content, copied.status) == (text, "interrupted")
    hits = search.find(db, user_id=ANN, query=parse("zebras")).hits
    assert {hit.session_id for hit in hits} == set(ended)
    whole = json.loads(b"".join(takeout.written(lambda: nullcontext(db), no_bytes, user_id=ANN)))
    taken = {one["session_id"]: one["messages"][-1] for one in whole["sessions"]}
    assert taken[place.session_id]["content"] == text
    assert taken[place.session_id]["status"] == "interrupted"
    messages.select_version(db, place, message_id=more.id)
    assert sessions.get(db, place).preview == text
    users.hand_over(db, user_id=ANN, to_user_id=BOB)
    bobs = SessionKey(BOB, place.session_id)
    assert messages.get(db, bobs, message_id=more.id).content == text
    interrupt(db, is_gone=lambda _: True)
    assert messages.get(db, bobs, message_id=more.id).content == text


def test_an_answer_that_was_taken_for_left_is_taken_back(db: Session) -> None:
    place = make(db)
    answer = asked(db, place).answer
    checkpoint(db, [Received(place, answer.id, "Half ")])
    interrupt(db, is_gone=lambda _: True)
    late = Received(place, answer.id, "of it", start=5)
    assert checkpoint(db, [late]) == [late]
    assert take_back(db, Received(place, answer.id, "Half of it"), owner=OWNER)
    checkpoint(db, [Received(place, answer.id, " all", start=10)])
    stored = messages.get(db, place, message_id=answer.id)
    assert (stored.status, stored.content) == ("streaming", "Half of it all")


@pytest.mark.parametrize("why", ["another", "deleted", "ended", "gone"])
def test_what_cannot_be_taken_back_stays_as_it_is(db: Session, why: str) -> None:
    place = make(db)
    answer = asked(db, place).answer
    waiting = asked(db, place)
    interrupt(db, is_gone=lambda _: True)
    if why == "another":
        assert answers.start_next(db, place, owner="other")
    elif why == "deleted":
        messages.delete(db, place, message_id=waiting.question.id)
        messages.delete(db, place, message_id=answer.id)
    elif why == "ended":
        end(db, place, answer.id, "all of it")
    else:
        purge(db, place)
    before = everything(db)
    assert not take_back(db, Received(place, answer.id, "Half of it"), owner=OWNER)
    assert everything(db) == before


def test_silence_is_by_the_clock_of_the_database(db: Session) -> None:
    """Whatever the clock of a process says, of whoever began it or of whoever looks."""
    asked(db, make(db), now=NOON)
    seen: list[Writing] = []

    def is_gone(writing: Writing) -> bool:
        seen.append(writing)
        return False

    interrupt(db, is_gone=is_gone, now=NOON + timedelta(days=999))
    (one,) = seen
    assert timedelta() <= one.silent < timedelta(seconds=30)
