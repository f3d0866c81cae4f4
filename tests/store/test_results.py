"""Tables and charts that tools computed for answers."""

from __future__ import annotations

import pytest
from sqlmodel import Session

from store import cleanup, messages, results
from store.errors import MessageNotFound, NotFound, Refused, ResultNotFound
from store.values import SessionKey
from tests.store.samples import ANN, BOB, add_result, exchange, make


def test_they_are_kept_with_their_answer_in_order(db: Session) -> None:
    place = make(db)
    question, answer = exchange(db, place)
    first = add_result(db, place, answer.id, " Prices\nby city ")
    second = add_result(db, place, answer.id, kind="chart", about={"of": first.result_id})
    window = messages.window(db, place, leaf_id=answer.id)
    assert [message.results for message in window] == [(), (first, second)]
    assert (first.title, first.number, second.number) == ("Prices by city", 1, 2)
    this = {"message_id": answer.id, "result_id": first.result_id}
    assert results.get(db, place, **this) == first
    assert results.shown(db, place, **this) == b"the first"
    assert results.data(db, place, **this) == b"all of it"
    assert results.used(db, user_id=ANN) == 2 * len(b"the firstall of it")
    with pytest.raises(ResultNotFound):
        results.get(db, place, message_id=question.id, result_id=first.result_id)


def test_what_is_not_there_or_not_theirs(db: Session) -> None:
    place = make(db)
    _, answer = exchange(db, place)
    made = add_result(db, place, answer.id)
    with pytest.raises(MessageNotFound):
        add_result(db, place, 99)
    hers = SessionKey(BOB, place.session_id)
    for key, id_, result_id in (
        (hers, answer.id, made.result_id),
        (place, 2**40, made.result_id),
        (place, answer.id, "../x"),
    ):
        with pytest.raises(NotFound):
            results.data(db, key, message_id=id_, result_id=result_id)
    messages.delete(db, place, message_id=answer.id)
    with pytest.raises(ResultNotFound):
        results.get(db, place, message_id=answer.id, result_id=made.result_id)
    cleanup.purge(db, place)
    assert results.used(db, user_id=ANN) == 0


def test_an_answer_has_so_many(db: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(results, "RESULTS_MAX", 2)
    place = make(db)
    _, answer = exchange(db, place)
    for _ in range(2):
        add_result(db, place, answer.id)
    with pytest.raises(Refused, match="2 tables"):
        add_result(db, place, answer.id)
