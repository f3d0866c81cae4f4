"""What is sent to a model: the newest part of the branch that fits, and never silently less."""

from __future__ import annotations

import pytest

from chat.bill import CHARS_PER_TOKEN
from chat.limits.terms import USUAL
from chat.turns.request import CONTINUE, for_title
from store import folders, sessions
from store.folders import NewFolder
from store.metadata import Sent
from store.values import SessionKey
from tests.chat.conftest import SESSION, USER, Room, Rooms, asked_of
from tests.model_script import Gate, Pause, Text
from tests.waiting import until

BUDGET = 256
CHARS = BUDGET * CHARS_PER_TOKEN
SYSTEM = len("You are plain.")


def filled(rooms: Rooms, turns: int, chars: int) -> Room:
    """A session with so many questions and answers of so many characters each."""
    room = rooms(context_tokens=BUDGET)
    for n in range(turns):
        asked = room.send(f"q{n} ".ljust(chars, "."), Text(f"a{n} ".ljust(chars, ".")))
        room.watch(asked.answer.id)
    return room


@pytest.mark.parametrize(("chars", "kept"), [(90, 11), (101, 10), (102, 9), (300, 3), (600, 1)])
def test_the_budget_is_filled_from_the_newest_backward(rooms: Rooms, chars: int, kept: int) -> None:
    room = filled(rooms, 6, chars)
    texts = [row.content for row in room.branch()]
    sent = asked_of(room.model)[-1]
    assert sent == texts[:-1][-kept:]
    assert SYSTEM + sum(map(len, sent)) <= CHARS
    assert kept == 11 or SYSTEM + sum(map(len, sent)) + chars > CHARS
    assert room.branch()[-1].metadata.context == Sent(kept, 11)


def test_what_fits_exactly_is_sent(rooms: Rooms) -> None:
    room = rooms(context_tokens=BUDGET)
    half = (CHARS - SYSTEM) // 2
    first = room.send("x", Text("a" * (CHARS - SYSTEM - half)))
    room.watch(first.answer.id)
    room.watch(room.send("q" * half).answer.id)
    assert [len(text) for text in asked_of(room.model)[-1]] == [half, half]
    room.watch(room.send("q" * (half + 1), edit_of=room.branch()[2].id).answer.id)
    assert [len(text) for text in asked_of(room.model)[-1]] == [half + 1]


def test_the_question_is_always_sent_whole(rooms: Rooms) -> None:
    room = filled(rooms, 2, 10)
    asked = room.send("q" * 10 * CHARS)
    room.watch(asked.answer.id)
    assert asked_of(room.model)[-1] == ["q" * 10 * CHARS]
    assert room.row(asked.answer.id).metadata.context == Sent(1, 5)
    assert room.model.requests[-1].body["messages"][0]["content"] == "You are plain."


def test_a_continued_text_counts_too_and_is_always_sent(rooms: Rooms) -> None:
    room = filled(rooms, 2, 200)
    asked = room.send("q", Text("a" * 700), Pause())
    room.stored(asked.answer.id, "a" * 700)
    room.stop()
    room.ended(asked.answer.id)
    new = room.again(asked.answer.id, continued=True)
    room.watch(new.id)
    branch = [row.content for row in room.branch()]
    assert asked_of(room.model)[-1] == [branch[3], "q", "a" * 700, CONTINUE]
    assert room.row(new.id).metadata.context == Sent(2, 5)


def test_only_the_branch_is_sent(room: Room) -> None:
    first = room.send("one", Text("1"))
    room.watch(first.answer.id)
    room.watch(room.send("two", Text("2")).answer.id)
    room.watch(room.again(first.answer.id, Text("eins")).id)
    room.watch(room.send("drei").answer.id)
    assert asked_of(room.model)[-1] == ["one", "eins", "drei"]


def test_messages_without_text_are_not_sent_and_not_missed(room: Room) -> None:
    failed = room.send("[[status=500]]")
    room.watch(failed.answer.id)
    asked = room.send("[[tokens=1]]")
    room.watch(asked.answer.id)
    assert asked_of(room.model)[-1] == ["[[status=500]]", "[[tokens=1]]"]


def test_a_queued_question_sees_the_answer_before_it(room: Room) -> None:
    gate = Gate()
    room.send("q0", Text("early "), gate, Text("late"))
    waiting = room.send("q1")
    gate.opened.set()
    until(lambda: not room.row(waiting.answer.id).is_open)
    assert asked_of(room.model)[-1] == ["q0", "early late", "q1"]


def test_a_title_is_asked_for_with_the_beginning_of_both_texts() -> None:
    request = for_title(("q" * 5000, "a" * 5000), "m", USUAL)
    assert request.model == "m"
    text = request.messages[0].content
    assert (text.count("q" * 2000), text.count("q" * 2001)) == (1, 0)
    assert (text.count("a" * 2000), text.count("a" * 2001)) == (1, 0)


def test_folders_speak_after_the_persona_and_before_the_chat(room: Room) -> None:
    with room.database.transaction() as db:
        for new in (
            NewFolder("Outer", system_prompt="Outer words."),
            NewFolder("Inner", parent_id="Outer", system_prompt="Inner words."),
        ):
            folders.create(db, user_id=USER, new=new, folder_id=new.name)
        own = {"system_prompt": "Own words."}
        sessions.change(db, SessionKey(USER, SESSION), folder="Inner", parameters=own)
    room.watch(room.send("q").answer.id)
    system = room.model.requests[-1].body["messages"][0]["content"]
    assert system == "You are plain.\n\nOuter words.\n\nInner words.\n\nOwn words."
    with room.database.transaction() as db:
        folders.remove(db, user_id=USER, folder_id="Inner")
    room.watch(room.send("q").answer.id)
    system = room.model.requests[-1].body["messages"][0]["content"]
    assert system == "You are plain.\n\nOuter words.\n\nOwn words."
