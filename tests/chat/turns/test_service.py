"""Questions and their answers: what is stored, what is told, what a model is asked."""

from __future__ import annotations

import threading

import pytest
from sqlalchemy import text

from chat.errors import InvalidInput
from chat.events import Done, Status, Title, Token, Usage
from store.database import Database
from store.errors import Conflict, NotFound, Refused, SessionNotFound
from store.metadata import MessageMetadata, PersonaMark, Sent
from store.session_values import NewSession
from store.values import SessionKey
from tests.chat.conftest import SESSION, USER, Room, Rooms, asked_of, numbers
from tests.model_script import Gate, Record, Script, Text, Thought, numbered
from tests.scripted_model import ScriptedModel


@pytest.fixture
def rooms_url(database_url: str) -> str:
    return database_url


def test_events_come_in_order_and_once(room: Room) -> None:
    asked = room.send("A question", Thought("hm"), Thought("hm"), *numbered(3))
    seen = room.watch(asked.answer.id)
    assert seen.events == [
        Title("A question"),
        Status("Thinking…"),
        *(Token(f"w{n} ") for n in range(3)),
        Usage(7, 5),
        Done(SESSION, asked.answer.id, "complete"),
    ]
    assert (seen.text, seen.status) == (numbers(3), "complete")


def test_all_of_an_answer_is_stored_by_the_time_it_is_done(room: Room) -> None:
    asked = room.send("A question", Thought("a "), Thought("b"), *numbered(3))
    room.watch(asked.answer.id)
    row = room.row(asked.answer.id)
    assert (row.content, row.status, row.model) == (numbers(3), "complete", "scripted-1")
    assert (row.prompt_tokens, row.completion_tokens, row.error_code) == (7, 5, None)
    assert row.metadata == MessageMetadata(
        context=Sent(1, 1),
        finish_reason="stop",
        persona=PersonaMark("plain", "Plain", ":material/forum:"),
        reasoning="a b",
    )
    assert row.processing_time_ms is not None
    assert row.first_token_ms is not None
    assert 0 <= row.first_token_ms <= row.processing_time_ms
    session = room.session()
    assert (session.title, session.preview) == ("A question", numbers(3).strip())
    assert (session.message_count, session.prompt_tokens, session.completion_tokens) == (2, 7, 5)


@pytest.mark.parametrize("count", [1, 1000, 10_000])
def test_no_character_is_lost_or_doubled(room: Room, count: int) -> None:
    asked = room.send("long", *numbered(count))
    seen = room.watch(asked.answer.id)
    assert seen.text == numbers(count)
    assert room.row(asked.answer.id).content == numbers(count)


def test_text_of_any_kind_is_stored_as_it_came(room: Room) -> None:
    question = 'é 😀 \u202eright <b>&amp;</b> $x$ \r\n\t![](http://x) "\\ ' + "x" * 100_000
    answer = question[::-1]
    asked = room.send(question, Text(answer))
    assert room.watch(asked.answer.id).text == answer
    assert [row.content for row in room.branch()] == [question, answer]
    assert asked_of(room.model)[0] == [question]


def test_text_that_no_database_keeps_is_mended_and_ends_well(room: Room) -> None:
    room.model.queue(Script([Text("a\x00b"), Text("\ud83d"), Text("c")]))
    asked = room.send("odd")
    assert room.watch(asked.answer.id).status == "complete"
    assert room.row(asked.answer.id).content == "a\ufffdb\ufffdc"


class Witness(list[Record]):
    """Looks into the database at the moment a request arrives."""

    def __init__(self, database: Database) -> None:
        super().__init__()
        self.database = database
        self.stored: list[list[tuple[str, str, str]]] = []

    def append(self, record: Record) -> None:
        query = text("SELECT role, status, content FROM messages ORDER BY id")
        with self.database.reading() as db:
            self.stored.append([tuple(row) for row in db.connection().execute(query)])
        super().append(record)


def test_the_question_is_stored_before_the_model_is_asked(room: Room) -> None:
    witness = Witness(room.database)
    room.model.requests = witness
    first = room.send("first")
    room.watch(first.answer.id)
    second = room.send("second")
    room.watch(second.answer.id)
    assert witness.stored[0] == [("user", "complete", "first"), ("assistant", "streaming", "")]
    assert witness.stored[1][2:] == [("user", "complete", "second"), ("assistant", "streaming", "")]


def test_a_first_message_can_bring_its_session(room: Room) -> None:
    asked = room.turns.send(SessionKey.new(USER), "hi", new=NewSession(persona="pirate"))
    session_id = asked.answer.session_id
    assert room.watch(asked.answer.id, session_id).status == "complete"
    sent = room.model.requests[0].body["messages"]
    assert sent[0] == {"role": "system", "content": "You are a pirate."}
    assert room.session(session_id).title == "hi"


def test_a_session_s_own_model_prompt_and_parameters_are_used(room: Room) -> None:
    parameters = {"system_prompt": "Be brief.", "temperature": 0.25}
    room.create("own", model="scripted-2", parameters=parameters)
    asked = room.send("hi", session_id="own")
    room.watch(asked.answer.id, "own")
    body = room.model.requests[0].body
    assert (body["model"], body["temperature"]) == ("scripted-2", 0.25)
    assert body["messages"][0]["content"] == "You are plain.\n\nBe brief."
    assert "system_prompt" not in body


def test_what_is_refused_stores_nothing_and_asks_nobody(rooms: Rooms) -> None:
    room = rooms(message_max_chars=1000)
    with pytest.raises(InvalidInput, match=r"1,001 characters\. Send at most 1,000"):
        room.send("x" * 1001)
    with pytest.raises(Refused):
        room.send("  \n")
    with pytest.raises(Refused):
        room.send("half \ud800")
    with pytest.raises(SessionNotFound):
        room.send("hi", session_id="nowhere")
    with pytest.raises(NotFound):
        room.send("hi", parent_id=99)
    with pytest.raises(SessionNotFound):
        room.turns.send(SessionKey("somebody", SESSION), "hi")
    with pytest.raises(Refused):
        room.turns.send(SessionKey(USER, "new"), " ", new=NewSession())
    assert room.branch() == []
    with pytest.raises(SessionNotFound):
        room.session("new")
    assert (room.turns.count_running(), room.model.requests) == (0, [])


def test_the_same_key_twice_is_one_message(room: Room) -> None:
    first = room.send("hi", idempotency_key="k")
    second = room.send("hi", idempotency_key="k")
    assert (first.repeated, second.repeated) == (False, True)
    assert second.answer.id == first.answer.id
    room.watch(first.answer.id)
    third = room.send("hi", idempotency_key="k")
    assert (third.answer.id, third.answer.status) == (first.answer.id, "complete")
    assert len(room.branch()) == 2
    assert len(room.model.requests) == 1


def test_edit_makes_another_version_of_the_question(room: Room) -> None:
    first = room.send("one")
    room.watch(first.answer.id)
    edited = room.send("uno", edit_of=first.question.id)
    room.watch(edited.answer.id)
    assert [row.content for row in room.branch()] == ["uno", "This is a scripted answer."]
    assert edited.question.versions == (first.question.id, edited.question.id)
    assert asked_of(room.model)[1] == ["uno"]
    assert room.row(first.question.id).content == "one"
    with pytest.raises(Refused):
        room.send("no", edit_of=first.answer.id)


def test_regenerate_keeps_the_old_answer(room: Room) -> None:
    asked = room.send("one", *numbered(2))
    room.watch(asked.answer.id)
    before = room.row(asked.answer.id)
    new = room.again(asked.answer.id, *numbered(3))
    assert room.watch(new.id).text == numbers(3)
    assert new.versions == (asked.answer.id, new.id)
    assert room.row(asked.answer.id).content == before.content == numbers(2)
    assert asked_of(room.model) == [["one"], ["one"]]
    assert room.branch()[-1].id == new.id


def test_regenerate_while_another_is_written_waits(room: Room) -> None:
    first = room.send("one", *numbered(1))
    room.watch(first.answer.id)
    gate = Gate()
    second = room.send("two", *numbered(1), gate)
    with pytest.raises(Conflict):
        room.again(second.answer.id)
    new = room.again(first.answer.id, *numbered(4))
    assert (new.status, room.row(second.answer.id).status) == ("queued", "streaming")
    gate.opened.set()
    assert room.watch(new.id).text == numbers(4)
    assert room.row(second.answer.id).status == "complete"
    assert asked_of(room.model)[-1] == ["one"]


@pytest.mark.slow
def test_fifty_answers_at_once_are_all_exact(room: Room) -> None:
    gate = Gate()
    room.model.queue(*(Script([gate, *numbered(20 + n, 0.01)]) for n in range(50)))
    asked = {}
    for n in range(50):
        room.create(f"s{n}")
        asked[f"s{n}"] = room.send(f"q{n}", session_id=f"s{n}").answer.id
    room.model.wait(lambda records: len(records) == 50)
    assert room.turns.count_running() == 50
    gate.opened.set()
    texts = []
    for session_id, answer in asked.items():
        seen = room.watch(answer, session_id)
        row = room.row(answer, session_id)
        assert (row.content, row.status) == (seen.text, "complete")
        texts.append(seen.text)
    assert sorted(texts) == sorted(numbers(20 + n) for n in range(50))
    assert room.turns.count_running() == 0


@pytest.mark.slow
def test_two_tabs_send_into_one_session(rooms: Rooms, model: ScriptedModel) -> None:
    room = rooms(context_tokens=256)
    together = threading.Barrier(2)
    answers: dict[str, int] = {}

    def tab(name: str) -> None:
        for n in range(100):
            together.wait(20)
            answers[f"{name}{n}"] = room.send(f"{name}{n}").answer.id

    tabs = [threading.Thread(target=tab, args=(name,)) for name in "ab"]
    for thread in tabs:
        thread.start()
    for thread in tabs:
        thread.join()
    for answer in sorted(answers.values()):
        room.watch(answer)
    branch = room.branch()
    questions = [row for row in branch if row.role == "user"]
    assert sorted(row.content for row in questions) == sorted(answers)
    for name in "ab":
        mine = [row.content for row in questions if row.content.startswith(name)]
        assert mine == [f"{name}{n}" for n in range(100)]
    assert [row.role for row in branch] == ["user", "assistant"] * 200
    assert {row.status for row in branch} == {"complete"}
    assert [row.parent_id for row in branch] == [None, *(row.id for row in branch[:-1])]
    assert len(model.requests) == 200
    texts = [row.content for row in branch]
    for place, sent in enumerate(asked_of(model)):
        before = texts[: 2 * place + 1]
        assert sent == before[-len(sent) :]
