"""Tables and charts that tools computed for answers."""

from __future__ import annotations

from typing import Any

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


def test_tables_of_a_branch_are_found_from_its_end(db: Session) -> None:
    place = make(db)
    _, first = exchange(db, place)
    old = add_result(db, place, first.id)
    add_result(db, place, first.id, kind="chart")
    _, last = exchange(db, place)
    two = [add_result(db, place, last.id) for _ in range(2)]

    def above(leaf_id: int, **more: Any) -> list[str]:
        found = results.tables_above(db, place, leaf_id=leaf_id, **more)
        return [one.result_id for one in found]

    assert above(last.id) == [two[1].result_id]
    assert above(last.id, limit=9) == [two[1].result_id, two[0].result_id, old.result_id]
    assert above(last.id, result_id=old.result_id) == above(first.id) == [old.result_id]
    assert above(first.id, result_id=two[0].result_id) == []
    assert above(last.id, result_id="a\0b") == above(99) == []


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
