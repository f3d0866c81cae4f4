"""Bookmarks over all chats of somebody."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlmodel import Session

from store import bookmarks, marks, messages, sessions
from store.values import SessionKey
from tests.store.samples import ANN, BOB, NOON, exchange, make

MINUTE = timedelta(minutes=1)


def marked(db: Session, place: SessionKey, words: str, minutes: int) -> None:
    question, _ = exchange(db, place, words, now=NOON + minutes * MINUTE)
    marks.mark(db, place, message_id=question.id, bookmarked=True)


@pytest.fixture
def five(db: Session) -> list[str]:
    """In two chats, one of them archived; each newer than the one before."""
    first, second = make(db, title="First"), make(db, title="Second")
    for minutes in range(5):
        marked(db, (first, second)[minutes % 2], f"number\n\n {minutes}", minutes)
    sessions.change(db, second, archived=True)
    return [f"number {minutes}" for minutes in reversed(range(5))]


def test_the_newest_come_first_with_what_is_to_be_known(db: Session, five: list[str]) -> None:
    others = make(db, user_id=BOB)
    marked(db, others, "bob's", 9)
    found = bookmarks.listed(db, user_id=ANN, limit=9)
    assert [one.excerpt for one in found] == five
    assert [one.title for one in found] == ["First", "Second", "First", "Second", "First"]
    assert {(one.role, one.persona) for one in found} == {("user", "")}
    assert found[0].created_at == NOON + 4 * MINUTE
    assert bookmarks.count(db, user_id=ANN) == 5


def test_page_by_page_nothing_is_missing_and_nothing_doubled(db: Session, five: list[str]) -> None:
    seen: list[str] = []
    after = None
    while page := bookmarks.listed(db, user_id=ANN, limit=2, after=after):
        seen += [one.excerpt for one in page]
        last = page[-1]
        after = (last.created_at, last.session_id, last.message_id)
    assert seen == five
    assert [one.excerpt for one in bookmarks.listed(db, user_id=ANN, limit=2, offset=3)] == five[3:]


def test_nothing_of_the_trash_is_there(db: Session, five: list[str]) -> None:
    first = bookmarks.listed(db, user_id=ANN, limit=1)[0]
    place = SessionKey(ANN, first.session_id)
    messages.delete(db, place, message_id=first.message_id)
    assert bookmarks.count(db, user_id=ANN) == 4
    sessions.trash(db, place)
    assert bookmarks.count(db, user_id=ANN) == 2
