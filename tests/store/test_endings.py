from __future__ import annotations

from datetime import timedelta

import pytest
from sqlmodel import Session

from store import answers, messages, provenance, sessions
from store.cleanup import purge
from store.endings import Ending, Received, Writing, checkpoint, finish, interrupt
from store.metadata import MessageMetadata, Sent
from store.provenance_record import Provenance
from store.tables import messages as table
from store.values import SessionKey
from tests.store.samples import (
    ANN,
    BOB,
    FREE,
    NOON,
    answered_again,
    asked,
    end,
    everything,
    exchange,
    make,
)

LATER = NOON + timedelta(seconds=5)


def test_an_ending_is_stored_as_it_was_and_added_up(db: Session) -> None:
    place = make(db)
    answer = asked(db, place, now=NOON).answer
    ending = Ending(
        "error",
        "Half",
        error_code="rate_limited",
        error_message="Wait 3 s.",
        model="gpt-x",
        tools_used=({"name": "search", "ms": 3},),
        processing_time_ms=1200,
        first_token_ms=80,
        prompt_tokens=11,
        completion_tokens=7,
        cost=0.25,
        metadata=MessageMetadata(context=Sent(1, 2), finish_reason="length"),
        context={"noted": 1},
        cached_tokens=5,
        provenance=Provenance({"said": []}, {"0" * 64: "A text"}),
    )
    assert finish(db, place, message_id=answer.id, ending=ending, now=LATER)
    stored = messages.get(db, place, message_id=answer.id)
    assert provenance.of(db, place, message_id=answer.id) == ending.provenance
    for name in set(Ending.__dataclass_fields__) - {"context", "provenance"}:
        expected = getattr(ending, name)
        assert getattr(stored, name) == (list(expected) if name == "tools_used" else expected)
    assert not stored.is_open
    session = sessions.get(db, place)
    assert (session.preview, session.last_activity_at) == ("Half", LATER)
    assert session.context == {"noted": 1}
    assert (session.prompt_tokens, session.completion_tokens, session.cost) == (11, 7, 0.25)
    again = answered_again(db, place, message_id=answer.id)
    end(db, place, again.id, prompt_tokens=1, completion_tokens=1, cost=0.25)
    session = sessions.get(db, place)
    assert (session.prompt_tokens, session.completion_tokens, session.cost) == (12, 8, 0.5)
    assert session.context == {"noted": 1}  # an ending without one leaves it
    total = sessions.totals(db, user_id=ANN)
    assert (total.prompt_tokens, total.completion_tokens, total.cost) == (12, 8, 0.5)


def test_the_preview_is_the_last_text_of_the_branch(db: Session) -> None:
    place = make(db)
    first = asked(db, place, "a question")
    asked(db, place, "a waiting question")
    end(db, place, first.answer.id, "an answer")
    assert sessions.get(db, place).preview == "a waiting question"
    messages.select_version(db, place, message_id=1)
    other = make(db)
    exchange(db, other, "what was asked", "  \n ")
    assert sessions.get(db, other).preview == "what was asked"
    exchange(db, other, "next", "word " * 100)
    preview = sessions.get(db, other).preview
    assert len(preview) <= 60
    assert preview.endswith("word…")


def test_an_answer_that_ends_elsewhere_leaves_the_branch_on_screen(db: Session) -> None:
    place = make(db)
    _, first = exchange(db, place, reply="first")
    again = answered_again(db, place, message_id=first.id)
    messages.select_version(db, place, message_id=first.id)
    end(db, place, again.id, "second")
    session = sessions.get(db, place)
    assert (session.active_leaf_id, session.preview) == (first.id, "first")


def test_what_the_model_sent_is_repaired_not_refused(db: Session) -> None:
    place = make(db)
    answer = asked(db, place).answer
    checkpoint(db, [Received(place, answer.id, "a\0b\ud800")])
    assert messages.get(db, place, message_id=answer.id).content == "a\ufffdb\ufffd"
    end(
        db,
        place,
        answer.id,
        "x\0y\udfff",
        status="error",
        error_message="bad \0 gateway \ud800",
        model="m\0" + "x" * 300,
    )
    stored = messages.get(db, place, message_id=answer.id)
    assert stored.content == "x\ufffdy\ufffd"
    assert stored.error_message == "bad \ufffd gateway \ufffd"
    assert stored.model.startswith("m\ufffdxxx")
    assert sessions.get(db, place).preview == "x\ufffdy\ufffd"


def test_checkpoints_keep_the_texts_of_many_answers(db: Session) -> None:
    places = [make(db), make(db), make(db, user_id=BOB)]
    ids = [asked(db, place).answer.id for place in places]
    texts = [
        Received(place, id_, f"<b>{n}")
        for n, (place, id_) in enumerate(zip(places, ids, strict=True))
    ]
    checkpoint(db, texts)
    found = [messages.get(db, place, message_id=2).content for place in places]
    assert found == ["<b>0", "<b>1", "<b>2"]
    assert {messages.get(db, place, message_id=2).status for place in places} == {"streaming"}


def test_a_checkpoint_that_comes_late_changes_nothing(db: Session) -> None:
    place = make(db)
    _, answer = exchange(db, place, reply="all of it")
    waiting = (asked(db, place), asked(db, place))[1].answer
    before = everything(db)
    for id_ in (answer.id, waiting.id, 1, 99):
        checkpoint(db, [Received(place, id_, "part")])
    checkpoint(
        db,
        [
            Received(SessionKey(BOB, place.session_id), 4, "part"),
            Received(SessionKey(ANN, "other"), 4, "part"),
        ],
    )
    assert everything(db) == before


def test_an_answer_ends_in_the_trash_too(db: Session) -> None:
    place = make(db)
    answer = asked(db, place).answer
    sessions.trash(db, place)
    assert end(db, place, answer.id, "kept")
    sessions.restore(db, place)
    assert messages.get(db, place, message_id=answer.id).content == "kept"
    assert sessions.get(db, place).preview == "kept"


def test_what_is_gone_for_good_cannot_end(db: Session) -> None:
    place = make(db)
    answer = asked(db, place).answer
    assert not end(db, place, 99)
    purge(db, place)
    before = everything(db)
    assert not end(db, place, answer.id)
    checkpoint(db, [Received(place, answer.id, "part")])
    assert everything(db) == before


def test_only_answers_whose_writer_is_gone_are_interrupted(db: Session) -> None:
    alive, dead = make(db), make(db, user_id=BOB)
    asked(db, alive)
    answer = answers.ask(db, dead, content="Hi", owner="dead", now=NOON, may=FREE).answer
    called = [{"name": "search"}]
    checkpoint(db, [Received(dead, answer.id, "what", called)])
    checkpoint(db, [Received(dead, answer.id, " came", start=4)])
    seen: list[Writing] = []

    def is_gone(writing: Writing) -> bool:
        seen.append(writing)
        return writing.owner == "dead"

    assert interrupt(db, is_gone=is_gone) == []
    assert [(one.key, one.message_id) for one in seen if one.owner == "dead"] == [(dead, answer.id)]
    assert len(seen) == 2
    assert all(timedelta() <= one.silent < timedelta(seconds=30) for one in seen)
    stored = messages.get(db, dead, message_id=answer.id)
    assert stored.tools_used == called
    assert (stored.status, stored.content) == ("interrupted", "what came")
    assert sessions.get(db, dead).preview == "what came"
    assert messages.get(db, alive, message_id=2).status == "streaming"


def test_an_interrupted_continuation_still_says_what_it_continues(db: Session) -> None:
    place = make(db)
    answer = asked(db, place).answer
    end(db, place, answer.id, "Half", status="stopped")
    more = answered_again(db, place, message_id=answer.id, continued=True)
    interrupt(db, is_gone=lambda _: True)
    stored = messages.get(db, place, message_id=more.id)
    assert (stored.content, stored.metadata) == ("Half", MessageMetadata(continues=answer.id))


def test_sessions_in_which_something_waits_are_named_once(db: Session) -> None:
    busy, free, gone = make(db), make(db), make(db)
    for place in (busy, free, gone):
        for _ in range(3):
            asked(db, place)
    end(db, free, 2)
    end(db, gone, 2)
    sessions.trash(db, gone)
    assert interrupt(db, is_gone=lambda _: False) == [free]
    messages.delete(db, free, message_id=3)
    assert interrupt(db, is_gone=lambda _: False) == []


@pytest.mark.parametrize("status", ["complete", "stopped", "error", "interrupted"])
def test_an_ended_answer_has_no_owner(db: Session, status: str) -> None:
    place = make(db)
    end(db, place, asked(db, place).answer.id, status=status)
    assert db.execute(table.select().where(table.c.id == 2)).one().owner_process is None


def test_an_ending_that_was_stored_meanwhile_is_not_overwritten(db: Session) -> None:
    place = make(db)
    answer = asked(db, place).answer

    def is_gone(_: Writing) -> bool:
        end(db, place, answer.id, "all of it")  # by its owner, which lives after all
        return True

    interrupt(db, is_gone=is_gone)
    stored = messages.get(db, place, message_id=answer.id)
    assert (stored.status, stored.content) == ("complete", "all of it")
