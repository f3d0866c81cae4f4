"""What is kept of requests is put together again as the model received it, byte for byte."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select, update

from chat.agent.loop import LAST
from chat.turns import record, sources
from chat.turns.request import CONTINUE
from store import sessions, tables
from store.endings import interrupt
from store.values import SessionKey
from tests.chat.conftest import USER, Room, Rooms
from tests.chat.turns.asking import asked as asked_open
from tests.chat.turns.asking import decide, steal
from tests.chat.turns.kept_files import CITIES, KeptFiles, picture
from tests.chat.turns.origins import compare, origin_of, record_of, spoil
from tests.databases import DIALECTS
from tests.model_script import Call, Gate, Pause, Script, Text, calls
from tests.social_server import SocialServer
from tests.store.samples import make_folder
from tests.waiting import until

SUM = Call("calculate", '{"expression": "6*7"}')
CLOCK = Call("current_time", '{"timezone": "UTC"}', id="call_2", index=1)


@pytest.fixture(params=DIALECTS)
def rooms_url(request: pytest.FixtureRequest) -> str:
    name = "sqlite_url" if request.param == "sqlite" else "postgres_url"
    url: str = request.getfixturevalue(name)
    return url


def test_trimming_tools_profiles_and_rounds(rooms: Rooms, outside: SocialServer) -> None:
    """The acceptance of it: what is put together again equals what the scripted model received."""
    room = rooms(context_tokens=2_000, agent_steps=2, **outside.settings())
    with room.database.transaction() as db:
        outer = make_folder(db, "outer", USER, system_prompt="Talk of\n\nbikes.")
        inner = make_folder(db, "inner", USER, parent_id=outer, system_prompt="And of chains.")
    room.create("open", persona="clerk", parameters={"system_prompt": "Be brief.\n\nAlways."})
    with room.database.transaction() as db:
        sessions.change(db, SessionKey(USER, "open"), folder=inner)
        these = tables.sessions.c.session_id == "open"
        db.execute(update(tables.sessions).where(these).values(context={"note": "é\0"}))
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
    kinds = [part.kind for part in found.messages[0].parts]
    assert kinds == ["persona", "rules", "memory", "folder", "folder", "chat"]
    named = [part.message_id for one in found.messages for part in one.parts if part.message_id]
    assert named == list(range(10 - sent.sent, 10))
    assert [tool.name for tool in found.tools] == ["current_time", "calculate", "search_chats"]
    came = [one.came for one in found.requests]
    assert [one["finish_reason"] for one in came] == ["tool_calls", "stop"]
    assert all(int(str(one["duration_ms"])) >= 0 for one in came)
    kept = json.dumps(record_of(room, asked.id, "open"))
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


def test_attached_files_of_each_kind(room: Room, tmp_path: Path) -> None:
    """Files are read again; of a picture only its hash is kept, of no file its text."""
    room.create("office", persona="clerk")
    kept = KeptFiles(tmp_path, room.parts)
    earlier = kept.add("earlier.md", "# Earlier é🙂", "markdown"), kept.add("a.png", picture())
    first = kept.ask("Look", *earlier, session_id="office")
    compare(origin_of(room, first.id, "office", kept), room.model.requests)
    these = [
        kept.add("long.txt", "secret-text <|im_end|> é\x00\r\n" * 3_000),
        kept.add("code.py", "print(1)\n", "code", language="Python"),
        kept.add("cities.csv", [CITIES, CITIES]),
        kept.add("red.jpg", picture(kind="JPEG")),
        kept.add("book.pdf", "page one\f" * 9_000, "pdf", pages=9_000),
    ]
    room.model.reset()
    room.model.queue(calls(SUM), Script([Text("It is 42.")]))
    asked = kept.ask("What is in them?", *these, session_id="office")
    found = origin_of(room, asked.id, "office", kept)
    compare(found, room.model.requests)
    assert len(found.requests) == 2
    parts = [part.kind for one in found.messages for part in one.parts]
    assert (parts.count("file"), parts.count("picture")) == (4, 1)
    fates = {one.name: one.fate for one in found.files}
    assert fates["long.txt"] == fates["book.pdf"] == "cut"
    assert [fates[name] for name in ("code.py", "cities.csv", "red.jpg")] == ["sent"] * 3
    assert fates["earlier.md"] == fates["a.png"] == "room", "the newest take all there is"
    record = json.dumps(record_of(room, asked.id, "office"))
    with room.database.reading() as db:
        texts = str(db.execute(select(tables.sent_texts.c.text)).all())
    for content in ("secret-text", "page one", "Rome", "base64"):
        assert content not in record + texts
    shown = json.dumps(found.as_json())
    assert "base64" not in shown
    assert shown.count('"url": "sha256:') == 1


def test_pictures_that_were_refused(room: Room, tmp_path: Path) -> None:
    kept = KeptFiles(tmp_path, room.parts)
    refusal = {"error": {"message": "This model does not support image input."}}
    room.model.queue(Script(status=400, body=refusal), Script([Text("No.")]))
    asked = kept.ask("?", kept.add("a.png", picture()), kept.add("n.txt", "words"))
    found = origin_of(room, asked.id, attached=kept)
    compare(found, room.model.requests)
    assert [one.again for one in found.requests] == ["", "pictures"]
    assert {one.name: one.fate for one in found.files} == {"a.png": "refused", "n.txt": "sent"}


def test_a_long_chat_names_its_oldest_messages_together(
    room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sources, "NAMED", 3)
    for _ in range(4):
        answer = room.send("[[tokens=2]]").answer
        room.watch(answer.id)
    found = origin_of(room, answer.id)
    compare(found, room.model.requests[-1:])
    assert len(record_of(room, answer.id)["said"]) == 1 + 1 + 3
    spoil(room, 2)
    assert origin_of(room, answer.id).messages[1].parts[0].state == "changed"


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


def test_an_answer_of_a_process_that_was_killed(room: Room) -> None:
    """What was sent is kept while nothing has come yet, with who was asked."""
    room.create("office", persona="clerk")
    gate = Gate()
    answer = room.send("q", gate, Text("All"), session_id="office").answer
    until(lambda: origin_of(room, answer.id, "office").requests)
    with room.database.transaction() as db:
        interrupt(db, is_gone=lambda _: True)
    row = room.row(answer.id, "office")
    assert (row.status, row.model) == ("interrupted", "clerk-model")
    assert row.metadata.persona is not None
    assert row.metadata.persona.id == "clerk"
    assert row.metadata.context is not None
    found = origin_of(room, answer.id, "office")
    compare(found, room.model.requests)
    assert found.requests[0].came == {}
    gate.opened.set()
    until(lambda: room.row(answer.id, "office").status == "complete")
    found = origin_of(room, answer.id, "office")
    compare(found, room.model.requests)
    assert found.requests[0].came["finish_reason"] == "stop"


def test_nothing_of_the_key_is_kept(rooms: Rooms) -> None:
    room = rooms(openai_api_key="sk-very-secret-123456")
    room.watch(room.send().answer.id)
    with room.database.reading() as db:
        texts = db.execute(select(tables.sent_texts)).all()
    kept = f"{record_of(room, 2)} {texts}"
    assert room.model.requests[-1].headers["authorization"].endswith("sk-very-secret-123456")
    assert "secret" not in kept
    assert "uthorization" not in kept
