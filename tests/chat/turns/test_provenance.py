"""What is kept of requests is put together again as the model received it, byte for byte."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import asdict
from typing import Any

import pytest
from sqlalchemy import func, select, update

from chat.agent.loop import LAST
from chat.turns import record, sources
from chat.turns.provenance import Origin, origin
from chat.turns.request import CONTINUE
from store import cleanup, copies, tables, users
from store.values import SessionKey
from tests.chat.conftest import SESSION, USER, Room, Rooms
from tests.chat.turns.asking import asked as asked_open
from tests.chat.turns.asking import decide, steal
from tests.databases import DIALECTS
from tests.model_script import Call, Gate, Pause, Script, Text, calls
from tests.social_server import SocialServer
from tests.store.samples import FREE

SUM = Call("calculate", '{"expression": "6*7"}')
CLOCK = Call("current_time", '{"timezone": "UTC"}', id="call_2", index=1)


def origin_of(room: Room, message_id: int, session_id: str = SESSION) -> Origin:
    with room.database.reading() as db:
        return origin(db, SessionKey(USER, session_id), message_id=message_id)


def compare(found: Origin, received: list[Any]) -> None:
    """Each request is what the model was sent, in the same order of names too."""
    assert len(found.requests) == len(received)
    for number, one in enumerate(received):
        assert json.dumps(found.body(number)) == json.dumps(one.body)


def counted(room: Room) -> dict[str, int]:
    tables_ = (tables.provenance, tables.named_texts, tables.sent_texts)
    with room.database.reading() as db:
        return {
            table.name: db.scalar(select(func.count()).select_from(table)) or 0 for table in tables_
        }


@pytest.fixture(params=DIALECTS)
def rooms_url(request: pytest.FixtureRequest) -> str:
    name = "sqlite_url" if request.param == "sqlite" else "postgres_url"
    url: str = request.getfixturevalue(name)
    return url


def test_trimming_tools_profiles_and_rounds(rooms: Rooms, outside: SocialServer) -> None:
    """The acceptance of it: what is put together again equals what the scripted model received."""
    room = rooms(context_tokens=2_000, agent_steps=2, **outside.settings())
    room.create("open", persona="clerk", parameters={"system_prompt": "Be brief.\n\nAlways."})
    for n in range(4):
        words = f"q{n} é🙂 ".ljust(1_500, "…")
        room.watch(room.send(words, Text(f"a{n}" * 400), session_id="open").answer.id, "open")
    room.model.reset()
    room.model.queue(calls(SUM, CLOCK), Script([Text("It is 42.")]))
    asked = room.send("What is six times seven?", session_id="open").answer
    room.watch(asked.id, "open")
    found = origin_of(room, asked.id, "open")
    compare(found, room.model.requests)
    assert found.body(1)["messages"][-1]["content"].endswith(LAST)
    sent = room.row(asked.id, "open").metadata.context
    assert sent is not None
    assert sent.sent < sent.total == 9
    assert [part.kind for part in found.messages[0].parts] == ["persona", "rules", "chat"]
    named = [part.message_id for one in found.messages for part in one.parts if part.message_id]
    assert named == list(range(10 - sent.sent, 10))
    assert [tool.name for tool in found.tools] == ["current_time", "calculate", "search_chats"]
    came = [one.came for one in found.requests]
    assert [one["finish_reason"] for one in came] == ["tool_calls", "stop"]
    assert all(int(str(one["duration_ms"])) >= 0 for one in came)
    kept = json.dumps(_record(room, asked.id, "open"))
    assert "six times seven" not in kept, "ids, and no copies"
    assert "a3a3" not in kept


def test_what_tools_were_told_of_profiles(
    rooms: Rooms, outside: SocialServer, open_room: Callable[..., Room]
) -> None:
    room = open_room()
    room.model.queue(calls(Call("analyze_profile", '{"handle": "ann", "source": "bluesky"}')))
    first = room.send("Look at ann", session_id="open").answer
    room.watch(first.id, "open")
    for ask in room.row(first.id, "open").asks:
        key = SessionKey(USER, "open")
        room.parts.decisions.decide(key, first.id, call_id=ask.call_id, decision="once")
        room.watch(first.id, "open")
    room.model.reset()
    second = room.send("And?", session_id="open").answer
    room.watch(second.id, "open")
    found = origin_of(room, second.id, "open")
    compare(found, room.model.requests)
    (told,) = found.profiles
    assert (told["source"], told["handle"]) == ("bluesky", "ann.bsky.social")
    (part,) = [part for part in found.messages[0].parts if part.kind == "profiles"]
    assert 0 < int(str(told["chars"])) < part.chars


def test_what_is_asked_otherwise_and_what_is_refused(room: Room) -> None:
    refusal = {"error": {"message": "Unknown parameter: stream_options"}}
    room.model.queue(Script(status=400, body=refusal), Script(status=500, body={"error": "no"}))
    answer = room.send("hi").answer
    room.watch(answer.id)
    found = origin_of(room, answer.id)
    compare(found, room.model.requests)
    assert [one.again for one in found.requests] == ["", "stream_options"]
    assert found.retries == 1
    assert [one.came["error"] for one in found.requests] == ["request_refused", "provider_error"]


def test_a_model_without_tools_is_asked_twice(room: Room) -> None:
    room.create("office", persona="clerk")
    room.model.queue(Script(status=400, body={"error": {"message": "tools are not supported"}}))
    answer = room.send("hi", session_id="office").answer
    room.watch(answer.id, "office")
    found = origin_of(room, answer.id, "office")
    compare(found, room.model.requests)
    assert [len(one.tools) for one in found.requests] == [3, 0]


def test_a_continued_answer(room: Room) -> None:
    stopped = room.send("q", Text("Half of"), Pause()).answer
    room.stored(stopped.id, "Half of")
    room.stop()
    room.ended(stopped.id)
    new = room.again(stopped.id, Text(" it"), continued=True)
    room.watch(new.id)
    found = origin_of(room, new.id)
    compare(found, room.model.requests[1:])
    assert found.messages[-1].message == {"role": "user", "content": CONTINUE}
    assert found.messages[-2].parts[0].message_id == new.id
    compare(origin_of(room, stopped.id), room.model.requests[:1])


@pytest.mark.parametrize("decision", ["once", "refuse"])
def test_an_answer_that_asked_in_between(
    open_room: Callable[..., Room], outside: SocialServer, decision: Any
) -> None:
    room = open_room()
    answer = asked_open(room, steal(outside))
    compare(origin_of(room, answer.id, "open"), room.model.requests)
    decide(room, answer, decision)
    room.watch(answer.id, "open")
    assert len(room.model.requests) == 2
    compare(origin_of(room, answer.id, "open"), room.model.requests)


def test_a_long_chat_names_its_oldest_messages_together(
    room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sources, "NAMED", 3)
    for _ in range(4):
        answer = room.send("[[tokens=2]]").answer
        room.watch(answer.id)
    found = origin_of(room, answer.id)
    compare(found, room.model.requests[-1:])
    assert len(_record(room, answer.id)["said"]) == 1 + 1 + 3
    _spoil(room, 2)
    assert origin_of(room, answer.id).messages[1].parts[0].state == "changed"


def test_what_is_another_by_now_or_gone_is_said(room: Room) -> None:
    first = room.send("one", Text("A")).answer
    room.watch(first.id)
    second = room.send("two", Text("B")).answer
    room.watch(second.id)
    _spoil(room, first.id)
    found = origin_of(room, second.id)
    states = [(one.parts[0].state, one.message is None) for one in found.messages]
    assert states == [("same", False), ("same", False), ("changed", True), ("same", False)]
    assert found.body(0) is None
    assert "spoiled" not in json.dumps([asdict(one) for one in found.messages])


def test_texts_that_are_too_long_are_named_and_not_kept(
    room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(record, "TEXT_CHARS", 10)
    answer = room.send("one", Text("A")).answer
    room.watch(answer.id)
    (part,) = origin_of(room, answer.id).messages[0].parts
    assert (part.kind, part.chars, part.state, part.text) == ("persona", 14, "not_kept", None)


def test_text_that_no_database_keeps_is_shown_as_it_was(room: Room) -> None:
    room.create("office", persona="clerk")
    odd = Call("calculate", '{"expression": "\\u0000\\ud800"}')
    room.model.queue(calls(odd), Script([Text("No.")]))
    answer = room.send("hi", session_id="office").answer
    room.watch(answer.id, "office")
    compare(origin_of(room, answer.id, "office"), room.model.requests)


def test_texts_are_kept_once_and_go_with_the_last_answer_that_names_them(room: Room) -> None:
    for session_id in (SESSION, "other"):
        if session_id != SESSION:
            room.create(session_id)
        for _ in range(2):
            room.watch(room.send(session_id=session_id).answer.id, session_id)
    assert counted(room) == {"provenance": 4, "named_texts": 4, "sent_texts": 1}
    with room.database.transaction() as db:
        copy = copies.duplicate(db, SessionKey(USER, SESSION), may=FREE).session_id
    assert counted(room)["provenance"] == 6
    assert origin_of(room, 4, copy).body(0) == origin_of(room, 4).body(0)
    for gone in (SESSION, "other"):
        with room.database.transaction() as db:
            cleanup.purge(db, SessionKey(USER, gone))
    assert counted(room) == {"provenance": 2, "named_texts": 2, "sent_texts": 1}
    with room.database.transaction() as db:
        cleanup.purge(db, SessionKey(USER, copy))
    assert counted(room) == {"provenance": 0, "named_texts": 0, "sent_texts": 0}


def test_it_is_handed_over_and_goes_with_the_account(room: Room) -> None:
    answer = room.send().answer
    room.watch(answer.id)
    body = origin_of(room, answer.id).body(0)
    with room.database.transaction() as db:
        new = users.create(db, username="ann", password_hash="x", role="admin").id
        users.hand_over(db, user_id=USER, to_user_id=new)
    with room.database.reading() as db:
        found = origin(db, SessionKey(new, SESSION), message_id=answer.id)
    assert found.body(0) == body
    assert counted(room) == {"provenance": 1, "named_texts": 1, "sent_texts": 1}
    with room.database.transaction() as db:
        users.create(db, username="bob", password_hash="x", role="admin")
        users.remove(db, user_id=new)
    assert counted(room) == {"provenance": 0, "named_texts": 0, "sent_texts": 0}


def test_damage_and_hostile_records_show_nothing(room: Room) -> None:
    answer = room.send().answer
    room.watch(answer.id)
    good = _record(room, answer.id)
    (request,) = good["requests"]
    for bad in (
        [],
        {"said": 1},
        {**good, "requests": [{**request, "messages": [[0, 10**12]]}]},
        {**good, "requests": [{**request, "messages": [[-5, 1]]}]},
        {**good, "said": [{"role": "user", "parts": [{"kind": "message", "id": "x"}]}]},
        {**good, "profiles": [{"handle": 1}]},
    ):
        with room.database.transaction() as db:
            db.execute(update(tables.provenance).values(record=bad))
        assert origin_of(room, answer.id) == Origin(answer.id)


def test_an_answer_that_is_stopped_is_known_too(room: Room) -> None:
    gate = Gate()
    answer = room.send("q", Text("Half"), gate).answer
    room.stored(answer.id, "Half")
    room.stop()
    room.ended(answer.id)
    gate.opened.set()
    found = origin_of(room, answer.id)
    compare(found, room.model.requests)
    assert "finish_reason" not in found.requests[0].came


def test_nothing_of_the_key_is_kept(rooms: Rooms) -> None:
    room = rooms(openai_api_key="sk-very-secret-123456")
    room.watch(room.send().answer.id)
    with room.database.reading() as db:
        texts = db.execute(select(tables.sent_texts)).all()
    kept = f"{_record(room, 2)} {texts}"
    assert room.model.requests[-1].headers["authorization"].endswith("sk-very-secret-123456")
    assert "secret" not in kept
    assert "uthorization" not in kept


def _record(room: Room, message_id: int, session_id: str = SESSION) -> Any:
    query = select(tables.provenance.c.record).where(
        tables.provenance.c.message_id == message_id, tables.provenance.c.session_id == session_id
    )
    with room.database.reading() as db:
        return db.scalar(query)


def _spoil(room: Room, message_id: int) -> None:
    with room.database.transaction() as db:
        table = tables.messages
        db.execute(update(table).where(table.c.id == message_id).values(content="spoiled"))
