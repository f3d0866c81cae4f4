from __future__ import annotations

import pytest
from sqlmodel import Session

from store import answers, messages, sessions
from store.adding import Entry, append
from store.errors import Conflict, MessageNotFound, Refused, SessionNotFound
from store.metadata import MessageMetadata
from store.values import SessionKey
from tests.store.samples import (
    ANN,
    NOON,
    OWNER,
    answered_again,
    asked,
    end,
    everything,
    exchange,
    make,
)


def window(db: Session, place: SessionKey) -> list[tuple[str, str]]:
    leaf = sessions.get(db, place).active_leaf_id
    found = messages.window(db, place, leaf_id=leaf)
    return [(message.content, message.status) for message in found]


def next_answer(db: Session, place: SessionKey) -> int | None:
    started = answers.start_next(db, place, owner=OWNER)
    return started.id if started else None


def test_a_question_is_stored_with_the_place_of_its_answer(db: Session) -> None:
    place = make(db)
    pair = asked(db, place, "What is it?", now=NOON)
    question, answer = pair.question, pair.answer
    assert (question.id, question.parent_id, question.depth, question.role) == (1, None, 1, "user")
    assert (question.status, question.content, question.versions) == (
        "complete",
        "What is it?",
        (1,),
    )
    assert (answer.id, answer.parent_id, answer.depth, answer.role) == (2, 1, 2, "assistant")
    assert (answer.status, answer.content, answer.versions) == ("streaming", "", (2,))
    assert answer.is_open
    assert not question.is_open
    assert not pair.repeated
    assert NOON == question.created_at < answer.created_at
    session = sessions.get(db, place)
    assert (session.active_leaf_id, session.message_count) == (2, 2)
    assert (session.title, session.title_source) == ("What is it?", "auto")
    assert session.preview == "What is it?"
    assert session.last_activity_at == NOON


def test_the_title_is_cut_at_a_word_and_never_replaces_one_that_is_there(db: Session) -> None:
    place = make(db)
    exchange(db, place, "word " * 30)
    assert (title := sessions.get(db, place).title) == "word " * 9 + "word…"
    exchange(db, place, "other")
    assert sessions.get(db, place).title == title
    named = make(db, title="Mine")
    exchange(db, named, "other")
    assert sessions.get(db, named).title == "Mine"


@pytest.mark.parametrize("text", ["", " ", "\n\t\u2003"])
def test_an_empty_question_is_refused(db: Session, text: str) -> None:
    with pytest.raises(Refused, match="empty"):
        asked(db, make(db), text)


@pytest.mark.parametrize("text", ["a\0b", "\ud800", "x\udfff"])
def test_what_is_no_text_is_refused_and_changes_nothing(db: Session, text: str) -> None:
    place = make(db)
    before = everything(db)
    with pytest.raises(Refused, match="not text"):
        asked(db, place, text)
    assert everything(db) == before


def test_questions_during_an_answer_wait_and_are_answered_in_order(db: Session) -> None:
    place = make(db)
    first = asked(db, place, "one")
    second, third = asked(db, place, "two"), asked(db, place, "three")
    assert [second.question.status, second.answer.status] == ["queued", "queued"]
    assert second.question.parent_id == first.answer.id
    assert third.question.parent_id == second.answer.id
    assert next_answer(db, place) is None
    end(db, place, first.answer.id)
    assert next_answer(db, place) == second.answer.id
    assert next_answer(db, place) is None
    assert messages.get(db, place, message_id=second.question.id).status == "complete"
    end(db, place, second.answer.id, "B")
    assert next_answer(db, place) == third.answer.id
    end(db, place, third.answer.id, "C")
    assert next_answer(db, place) is None
    expected = ["one", "Hello", "two", "B", "three", "C"]
    assert window(db, place) == [(text, "complete") for text in expected]


def test_a_question_after_one_that_waits_does_not_overtake_it(db: Session) -> None:
    place = make(db)
    first = asked(db, place, "one")
    second = asked(db, place, "two")
    end(db, place, first.answer.id)
    third = asked(db, place, "three")
    assert third.answer.status == "queued"
    assert next_answer(db, place) == second.answer.id


def test_what_waits_starts_with_its_new_owner_and_a_sign_of_life(db: Session) -> None:
    place = make(db)
    first = asked(db, place)
    asked(db, place)
    end(db, place, first.answer.id)
    started = answers.start_next(db, place, owner="other")
    assert started
    assert started.status == "streaming"
    assert started == messages.get(db, place, message_id=started.id)


def test_nothing_starts_in_a_session_in_the_trash(db: Session) -> None:
    place = make(db)
    first = asked(db, place)
    asked(db, place)
    end(db, place, first.answer.id)
    sessions.trash(db, place)
    assert next_answer(db, place) is None
    sessions.restore(db, place)
    assert next_answer(db, place) == 4


def test_an_edited_question_is_another_version(db: Session) -> None:
    place = make(db)
    exchange(db, place, "one")
    question, _ = exchange(db, place, "two")
    edited = asked(db, place, "TWO", edit_of=question.id)
    assert edited.question.parent_id == question.parent_id
    assert edited.question.versions == (question.id, edited.question.id)
    assert [text for text, _ in window(db, place)] == ["one", "Hello", "TWO", ""]
    first = asked(db, place, "ONE", edit_of=1)
    assert first.question.versions == (1, first.question.id)
    assert first.question.parent_id is None


def test_only_a_question_can_be_edited(db: Session) -> None:
    place = make(db)
    _, answer = exchange(db, place)
    with pytest.raises(Refused, match="Only a question"):
        asked(db, place, edit_of=answer.id)


def test_a_question_can_follow_any_answer_but_no_question(db: Session) -> None:
    place = make(db)
    question, answer = exchange(db, place)
    exchange(db, place)
    branched = asked(db, place, "branch", parent_id=answer.id)
    assert branched.question.versions == (3, branched.question.id)
    with pytest.raises(Refused, match="cannot follow"):
        asked(db, place, parent_id=question.id)


def test_an_answer_can_be_given_again(db: Session) -> None:
    place = make(db)
    question, answer = exchange(db, place)
    again = answered_again(db, place, message_id=answer.id)
    assert (again.parent_id, again.content, again.status) == (question.id, "", "streaming")
    assert again.versions == (answer.id, again.id)
    end(db, place, again.id, "Better")
    assert window(db, place) == [("Hi", "complete"), ("Better", "complete")]
    third = answered_again(db, place, message_id=question.id)
    assert third.versions == (answer.id, again.id, third.id)


def test_a_continued_answer_begins_with_the_text_that_is_there(db: Session) -> None:
    place = make(db)
    pair = asked(db, place)
    end(db, place, pair.answer.id, "Half an ans", status="stopped")
    more = answered_again(db, place, message_id=pair.answer.id, continued=True)
    assert more.content == "Half an ans"
    assert more.metadata == MessageMetadata(continues=pair.answer.id)
    assert messages.get(db, place, message_id=pair.answer.id).content == "Half an ans"


def test_an_answer_waits_when_another_is_being_written(db: Session) -> None:
    place = make(db)
    _, answer = exchange(db, place)
    running = asked(db, place)
    again = answered_again(db, place, message_id=answer.id)
    assert again.status == "queued"
    end(db, place, running.answer.id)
    assert next_answer(db, place) == again.id


def test_an_open_answer_is_not_given_again(db: Session) -> None:
    place = make(db)
    streaming, queued = asked(db, place), asked(db, place)
    for message in (streaming.answer, queued.answer, queued.question):
        with pytest.raises(Conflict, match="not finished"):
            answered_again(db, place, message_id=message.id)


def test_a_question_is_not_continued_and_what_has_no_question_not_answered(db: Session) -> None:
    place = make(db)
    greeting = append(db, place, Entry(role="assistant", content="Welcome"), parent_id=None).id
    with pytest.raises(Refused, match="no question"):
        answered_again(db, place, message_id=greeting)
    question, _ = exchange(db, place)
    with pytest.raises(Refused, match="Only an answer"):
        answered_again(db, place, message_id=question.id, continued=True)


def test_the_same_key_stores_once(db: Session) -> None:
    place, other = make(db), make(db)
    first = asked(db, place, "one", idempotency_key="k")
    end(db, place, first.answer.id, "A")
    before = everything(db)
    again = asked(db, place, "something else", idempotency_key="k")
    assert again.repeated
    assert (again.question.id, again.answer.id) == (first.question.id, first.answer.id)
    assert again.answer.content == "A"
    assert everything(db) == before
    assert not asked(db, place, "one", idempotency_key="k2").repeated
    assert not asked(db, other, "one", idempotency_key="k").repeated


def test_a_repeated_key_gives_an_answer_that_is_still_there(db: Session) -> None:
    place = make(db)
    first = asked(db, place, "one", idempotency_key="k")
    end(db, place, first.answer.id, "A")
    again = answered_again(db, place, message_id=first.answer.id)
    end(db, place, again.id, "B")
    messages.delete(db, place, message_id=first.answer.id)
    assert asked(db, place, "one", idempotency_key="k").answer.id == again.id


@pytest.mark.parametrize("key", [None, ""])
def test_no_key_is_no_key(db: Session, key: str | None) -> None:
    place = make(db)
    for _ in range(2):
        assert not asked(db, place, idempotency_key=key).repeated


@pytest.mark.parametrize("key", ["x" * 201, "a\0", "\ud800"])
def test_a_key_that_cannot_be_stored_is_refused(db: Session, key: str) -> None:
    place = make(db)
    before = everything(db)
    with pytest.raises(Refused):
        asked(db, place, idempotency_key=key)
    assert everything(db) == before
    assert not asked(db, place, idempotency_key="x" * 200).repeated


@pytest.mark.parametrize("message_id", [0, -1, 99, 2**31 - 1, 2**31, 2**63, 2**64, -(2**70)])
def test_ids_of_no_message_are_not_found(db: Session, message_id: int) -> None:
    place = make(db)
    exchange(db, place)
    before = everything(db)
    for more in ({"parent_id": message_id}, {"edit_of": message_id}):
        with pytest.raises(MessageNotFound):
            asked(db, place, **more)
    with pytest.raises(MessageNotFound):
        answered_again(db, place, message_id=message_id)
    assert everything(db) == before


def test_a_session_in_the_trash_takes_no_question(db: Session) -> None:
    place = make(db)
    _, answer = exchange(db, place)
    sessions.trash(db, place)
    with pytest.raises(SessionNotFound):
        asked(db, place)
    with pytest.raises(SessionNotFound):
        answered_again(db, place, message_id=answer.id)


def test_a_deleted_waiting_answer_holds_up_nobody(db: Session) -> None:
    place = make(db)
    first = asked(db, place, "one")
    second = asked(db, place, "two")
    messages.delete(db, place, message_id=second.answer.id)
    end(db, place, first.answer.id)
    assert next_answer(db, place) is None
    assert messages.get(db, place, message_id=second.question.id).status == "complete"
    assert asked(db, place, "three", parent_id=first.answer.id).answer.status == "streaming"


def test_a_deleted_waiting_question_can_be_restored_and_is_answered(db: Session) -> None:
    place = make(db)
    first = asked(db, place, "one")
    second = asked(db, place, "two")
    messages.delete(db, place, message_id=second.question.id)
    end(db, place, first.answer.id)
    assert next_answer(db, place) is None
    messages.restore(db, place, message_id=second.question.id)
    assert next_answer(db, place) == second.answer.id
    assert sessions.get(db, SessionKey(ANN, place.session_id)).message_count == 4
