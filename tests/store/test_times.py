"""Each message has a time of its own."""

from __future__ import annotations

from datetime import timedelta

from sqlmodel import Session

from store import answers, messages
from tests.store.samples import NOON, OWNER, answered_again, asked, end, make

HOUR = timedelta(hours=1)


def test_an_answer_is_later_than_its_question_and_a_queued_one_begins_when_it_does(
    db: Session,
) -> None:
    place = make(db)
    first, second = (asked(db, place, words, now=NOON) for words in ("one", "two"))
    third = asked(db, place, "three", now=NOON + 3 * HOUR)
    for pair in (first, second, third):
        assert pair.question.created_at < pair.answer.created_at
    end(db, place, first.answer.id)
    begun = answers.start_next(db, place, owner=OWNER, now=NOON + HOUR)
    assert begun
    assert begun.created_at == NOON + HOUR
    assert messages.get(db, place, message_id=begun.id).created_at == NOON + HOUR
    end(db, place, begun.id)
    early = answers.start_next(db, place, owner=OWNER, now=NOON)  # by a clock that was set back
    assert early
    assert early.created_at == third.answer.created_at
    end(db, place, early.id)
    again = answered_again(db, place, message_id=early.id, now=NOON + 5 * HOUR)
    assert again.created_at == NOON + 5 * HOUR
