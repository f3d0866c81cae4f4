"""Answers that wait for a person, as they are stored."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlmodel import Session

from store import answers, budgets, copies, messages, sessions, waiting
from store.asking import Ask, Decision, asks_of
from store.budgets import Charge
from store.cleanup import purge
from store.endings import Ending, Received, checkpoint, finish, interrupt
from store.errors import Conflict, MessageNotFound, SessionNotFound
from store.values import Message, SessionKey
from tests.store.samples import BOB, FREE, NOON, asked, end, exchange, make

FETCH = Ask("a", "fetch", {"url": "https://example.com"}, "Fetch example.com?", ("example.com",))
OTHER = Ask("b", "fetch", {"url": "https://example.com/b"}, "Fetch example.com?", ("example.com",))
COMMIT = Ask("c", "git__commit", "{", "Use commit of “git”?", ("git__commit",))
SO_FAR = Ending("streaming", "Let me look.", model="m", prompt_tokens=3, context={"noted": 1})
NEXT = "another process"


def waits(db: Session, place: SessionKey, *asks: Ask, **more: Any) -> Message:
    """An answer that asks these."""
    answer = asked(db, place, **more).answer
    paused = {"messages": [1]}
    assert waiting.pause(
        db, place, message_id=answer.id, so_far=SO_FAR, asks=asks, paused=paused, now=NOON
    )
    return messages.get(db, place, message_id=answer.id)


def decide(
    db: Session, place: SessionKey, id_: int, call_id: str, decision: Decision = "once"
) -> tuple[Message, bool]:
    return waiting.decide(db, place, message_id=id_, call_id=call_id, decision=decision, owner=NEXT)


def test_what_is_asked_is_kept_with_all_that_was_written(db: Session) -> None:
    place = make(db)
    before = sessions.get(db, place).version
    answer = waits(db, place, FETCH, COMMIT)
    assert (answer.status, answer.content, answer.asks) == (
        "streaming",
        "Let me look.",
        (FETCH, COMMIT),
    )
    assert answer.is_open
    session = sessions.get(db, place)
    assert session.version > before
    assert session.context == {"noted": 1}
    assert session.prompt_tokens == 0  # added up when it ends
    assert waiting.paused_of(db, place, message_id=answer.id) == {"messages": [1]}


def test_it_does_not_count_as_being_written(db: Session) -> None:
    place, other = make(db), make(db)
    answer = waits(db, place, FETCH)
    for name, message_id in (("a", answer.id), ("b", asked(db, place).answer.id), ("c", None)):
        due = Charge(name, place, message_id, "guest", "here", False, NOON)
        budgets.open_charge(db, due)

    def written() -> tuple[int, int, int, int]:
        return budgets.count_open(db, other, role="guest", address="here")

    assert written() == (1, 1, 1, 0)  # the analysis, which asks nobody
    assert budgets.count_roles(db) == {"guest": 1}
    decide(db, place, answer.id, "a")
    assert written() == (2, 2, 2, 0)


def test_nobody_writes_it_and_nobody_takes_it_for_dead(db: Session) -> None:
    place = make(db)
    answer = waits(db, place, FETCH)
    assert interrupt(db, is_gone=lambda _: True) == []
    checkpoint(db, [Received(place, answer.id, "of a process that comes late")])
    assert messages.get(db, place, message_id=answer.id) == answer


def test_it_goes_on_when_all_is_decided(db: Session) -> None:
    place = make(db)
    answer = waits(db, place, FETCH, COMMIT)
    left, goes_on = decide(db, place, answer.id, "a")
    assert (left.asks, goes_on) == ((COMMIT,), False)
    left, goes_on = decide(db, place, answer.id, "c", "refuse")
    assert (left.asks, goes_on, left.content) == ((), True, "Let me look.")
    paused = waiting.paused_of(db, place, message_id=answer.id)
    assert paused == {"messages": [1], "decisions": {"a": "once", "c": "refuse"}}
    assert sessions.get(db, place).allowed_tools == []
    owners: list[str] = []
    interrupt(db, is_gone=lambda writing: bool(owners.append(writing.owner)))
    assert owners == [NEXT]
    end(db, place, answer.id, "Done.", prompt_tokens=5)
    assert waiting.paused_of(db, place, message_id=answer.id) is None
    assert sessions.get(db, place).prompt_tokens == 5


def test_the_first_decision_counts(db: Session) -> None:
    place = make(db)
    answer = waits(db, place, FETCH, COMMIT)
    decide(db, place, answer.id, "a", "refuse")
    with pytest.raises(Conflict):
        decide(db, place, answer.id, "a")
    with pytest.raises(Conflict):
        decide(db, place, answer.id, "never asked")
    paused = waiting.paused_of(db, place, message_id=answer.id) or {}
    assert paused["decisions"] == {"a": "refuse"}


def test_what_is_allowed_in_the_chat_answers_what_asks_for_no_more(db: Session) -> None:
    place = make(db)
    answer = waits(db, place, FETCH, OTHER, COMMIT)
    left, goes_on = decide(db, place, answer.id, "a", "chat")
    assert (left.asks, goes_on) == ((COMMIT,), False)
    assert sessions.get(db, place).allowed_tools == ["example.com"]
    paused = waiting.paused_of(db, place, message_id=answer.id) or {}
    assert paused["decisions"] == {"a": "chat", "b": "chat"}


def test_others_cannot_decide(db: Session) -> None:
    place = make(db)
    answer = waits(db, place, FETCH)
    theirs = make(db, BOB)
    for wrong in (SessionKey(BOB, place.session_id), SessionKey(BOB, "no such")):
        with pytest.raises(SessionNotFound):
            decide(db, wrong, answer.id, "a")
    with pytest.raises(MessageNotFound):
        decide(db, theirs, answer.id, "a")
    assert messages.get(db, place, message_id=answer.id).asks == (FETCH,)


def test_a_question_that_comes_meanwhile_waits(db: Session) -> None:
    place = make(db)
    answer = waits(db, place, FETCH)
    later = asked(db, place, "And this?")
    assert later.answer.status == "queued"
    assert answers.start_next(db, place, owner=NEXT) is None
    assert interrupt(db, is_gone=lambda _: True) == []
    assert waiting.stop(db, waiting.asking(db, [place])) == {place.session_id: answer.id}
    assert answers.start_next(db, place, owner=NEXT) is not None


@pytest.mark.parametrize("trashed", [False, True])
def test_it_can_be_stopped_with_what_it_has(db: Session, trashed: bool) -> None:
    place, other = make(db), make(db)
    answer = waits(db, place, FETCH)
    waits(db, other, FETCH)
    if trashed:
        sessions.trash(db, place)
    assert waiting.stop(db, waiting.asking(db, [place])) == {place.session_id: answer.id}
    assert waiting.stop(db, waiting.asking(db, [place])) == {}
    if trashed:
        sessions.restore(db, place)
    stored = messages.get(db, place, message_id=answer.id)
    assert (stored.status, stored.content, stored.asks) == ("stopped", "Let me look.", ())
    assert sessions.get(db, place).prompt_tokens == 3
    assert waiting.paused_of(db, place, message_id=answer.id) is None
    with pytest.raises(Conflict):
        decide(db, place, answer.id, "a")


def test_those_that_waited_too_long_are_refused_once(db: Session) -> None:
    place = make(db)
    answer = waits(db, place, FETCH, COMMIT)
    hour = timedelta(hours=1)
    assert waiting.overdue(db, asked_before=NOON) == []
    found = waiting.overdue(db, asked_before=NOON + hour)
    assert found == [(place, answer.id)]
    refused = waiting.refuse_all(db, place, message_id=answer.id, owner=NEXT)
    assert refused is not None
    assert refused.asks == ()
    assert waiting.refuse_all(db, place, message_id=answer.id, owner=NEXT) is None
    assert waiting.overdue(db, asked_before=NOON + hour) == []
    paused = waiting.paused_of(db, place, message_id=answer.id) or {}
    assert paused["decisions"] == {"a": "refuse", "c": "refuse"}
    purge(db, place)
    assert waiting.refuse_all(db, place, message_id=answer.id, owner=NEXT) is None


def test_what_is_gone_or_has_ended_does_not_wait(db: Session) -> None:
    place = make(db)
    _, done = exchange(db, place)
    gone = SessionKey(place.user_id, "gone")
    for key in (place, gone):
        assert not waiting.pause(
            db, key, message_id=done.id, so_far=SO_FAR, asks=[FETCH], paused={}
        )
    assert messages.get(db, place, message_id=done.id).asks == ()


def test_an_ending_ends_the_waiting(db: Session) -> None:
    place = make(db)
    answer = waits(db, place, FETCH)
    assert finish(db, place, message_id=answer.id, ending=Ending("error", "Half"))
    assert messages.get(db, place, message_id=answer.id).asks == ()
    assert waiting.overdue(db, asked_before=NOON + timedelta(days=1)) == []


def test_a_copy_waits_for_nobody_and_allows_nothing(db: Session) -> None:
    place = make(db)
    answer = waits(db, place, FETCH, COMMIT)
    decide(db, place, answer.id, "a", "chat")
    copy = copies.duplicate(db, place, may=FREE)
    assert copy.allowed_tools == []
    there = SessionKey(place.user_id, copy.session_id)
    found = messages.get(db, there, message_id=answer.id)
    assert (found.status, found.asks) == ("interrupted", ())
    assert waiting.paused_of(db, there, message_id=answer.id) is None
    assert waiting.overdue(db, asked_before=NOON + timedelta(days=1)) == [(place, answer.id)]


def test_own_words_are_those_of_the_branch(db: Session) -> None:
    place = make(db)
    first = asked(db, place, "first")
    end(db, place, first.answer.id, "what the model said")
    asked(db, place, "of another branch", edit_of=first.question.id)
    second = asked(db, place, "second", parent_id=first.answer.id)
    said = waiting.own_words(db, place, leaf_id=second.question.id, chars=1_000)
    assert said == ["second", "first"]
    assert waiting.own_words(db, place, leaf_id=second.question.id, chars=3) == ["second"]


def test_damaged_asks_are_read_as_far_as_they_go() -> None:
    assert asks_of(None) == asks_of({"a": 1}) == asks_of([1, "x"]) == ()
    assert asks_of([{"call_id": 3, "permits": "x"}]) == (Ask("3", "", None, "", ()),)
