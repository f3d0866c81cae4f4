"""Answers as they are written: exact events, resuming, leaving, and who else sees them."""

from __future__ import annotations

import asyncio
import threading
from urllib.parse import urlsplit

import pytest

from chat import event_log
from chat.api import sse
from chat.events import Done
from chat.runtime import put_together
from store.users import LOCAL_USER
from store.values import SessionKey
from tests.chat.api.client import STREAM, Event, text
from tests.chat.api.conftest import Api
from tests.chat.conftest import numbers, watch
from tests.model_script import Break, Call, Gate, Script, Text, calls, numbered
from tests.waiting import until

MANY = 200


def last(path: str) -> str:
    return path.rpartition("/")[2]


def is_token(content: str) -> object:
    return lambda event: event.data.get("content") == content


def parts_with_gate(count: int, total: int, gate: Gate) -> list[object]:
    return [*numbered(count), gate, *numbered(total)[count:]]


def test_the_events_look_as_promised(api: Api) -> None:
    path = api.make()
    api.model.queue(Script([Text("To"), Text("\nmorrow “é” \ud83d")]))
    reply = api.post(f"{path}/messages", {"content": "When?"}, STREAM)
    assert reply.status == 200
    assert reply.headers["content-type"] == "text/event-stream; charset=utf-8"
    assert reply.headers["cache-control"] == "no-cache"
    assert reply.body.decode() == (
        'id: 1\nevent: title\ndata: {"type":"title","title":"When?"}\n\n'
        'id: 2\nevent: token\ndata: {"type":"token","content":"To"}\n\n'
        'id: 3\nevent: token\ndata: {"type":"token","content":"\\nmorrow “é” \ufffd"}\n\n'
        'id: 4\nevent: usage\ndata: {"type":"usage","prompt_tokens":7,"completion_tokens":2}\n\n'
        "id: 5\nevent: done\n"
        f'data: {{"type":"done","thread_id":"{last(path)}","message_id":2,"status":"complete"}}\n\n'
    )


def test_what_a_tool_does_is_said_as_a_status_too(api: Api) -> None:
    path = api.make(persona="default")
    sums = (Call("calculate", '{"expression": "6*7"}', "c"), Call("gone", "{}", "d", index=1))
    api.model.queue(calls(*sums), Script([Text("42")]))
    with api.stream("POST", f"{path}/messages", {"content": "q"}) as stream:
        events = [event.data for event in stream if event.event in ("tool", "status")]
    running = [n for n, one in enumerate(events) if one.get("state") == "running"]
    assert [events[n]["id"] for n in running] == ["c"]
    for n in running:
        assert events[n + 1] == {"type": "status", "content": events[n]["summary"]}
    assert [one["state"] for one in events if one["type"] == "tool"].count("done") == 1


def test_the_first_event_leaves_at_once_and_leaving_ends_nothing(api: Api) -> None:
    path = api.make(title="Titled")
    gate = Gate()
    api.model.queue(Script(parts_with_gate(1, 3, gate)))
    with api.stream("POST", f"{path}/messages", {"content": "q"}) as stream:
        stream.until(is_token("w0 "))
    gate.opened.set()
    place = SessionKey(LOCAL_USER, last(path))
    until(lambda: not api.parts.turns.running_in(place))
    answer = api.get(f"{path}/messages").json[1]
    assert (answer["content"], answer["status"]) == (numbers(3), "complete")


@pytest.mark.parametrize("ended", [False, True])
def test_resuming_misses_and_doubles_nothing(api: Api, ended: bool) -> None:
    path = api.make()
    gate = Gate()
    api.model.queue(Script(parts_with_gate(5, 12, gate)))
    with api.stream("POST", f"{path}/messages", {"content": "q"}) as stream:
        seen = stream.until(is_token("w4 "))
        where = stream.response.getheader("content-location") or ""
    assert where == f"/api{path}/events?message_id=2"
    resumed = {"Last-Event-ID": str(seen[-1].id)}
    if ended:
        gate.opened.set()
        until(lambda: api.get(f"{path}/messages").json[1]["status"] == "complete")
    with api.stream("GET", f"{path}/events", headers=resumed) as stream:
        gate.opened.set()
        rest = list(stream)
    whole = [*seen, *rest]
    assert [event.id for event in whole] == list(range(1, len(whole) + 1))
    assert text(whole) == numbers(12)
    done = {"Last-Event-ID": str(whole[-1].id)}
    beyond = {"Last-Event-ID": str(len(whole) + 7)}
    for headers in ({}, done, beyond):
        reply = api.get(f"{path}/events", headers)
        assert (reply.status, reply.body) == (204, b"")
    with api.stream("GET", where.removeprefix("/api")) as stream:
        assert list(stream) == whole
    assert api.get(where.removeprefix("/api"), done).status == 204


def test_which_answer_is_meant_can_be_said(api: Api) -> None:
    path = api.make(title="Titled")
    gate = Gate()
    api.model.queue(Script(numbered(6)), Script(parts_with_gate(3, 6, gate)))
    first = api.post(f"{path}/messages", {"content": "q"}).json["assistant"]
    with api.stream("POST", f"{path}/messages", {"content": "q"}) as stream:
        seen = stream.until(is_token("w2 "))
    resumed = {"Last-Event-ID": "2"}
    with api.stream("GET", f"{path}/events?message_id={first['id']}", headers=resumed) as stream:
        assert text(list(stream)) == numbers(6)[len("w0 w1 ") :]
    with api.stream("GET", f"{path}/events", headers=resumed) as stream:
        gate.opened.set()
        assert text([*seen[:2], *stream]) == numbers(6)
    assert api.get(f"{path}/events?message_id=99").error == "message_not_found"


@pytest.mark.parametrize("number", ["x", "-1", "1.5", "9" * 5000])
def test_a_number_that_is_none_is_refused(api: Api, number: str) -> None:
    reply = api.get(f"{api.make()}/events", {"Last-Event-ID": number})
    assert (reply.status, reply.json["error"]["field"]) == (422, "Last-Event-ID")


def test_a_queued_answer_is_streamed_once_it_begins(api: Api) -> None:
    path = api.make(title="Titled")
    gate = Gate()
    api.model.queue(Script(parts_with_gate(1, 2, gate)), Script(numbered(4)))
    with api.stream("POST", f"{path}/messages", {"content": "one"}) as first:
        first.until(is_token("w0 "))
        with api.stream("POST", f"{path}/messages", {"content": "two"}) as second:
            assert second.response.readline() == b": waiting\n"
            assert [m["status"] for m in api.get(f"{path}/messages").json][-2:] == ["queued"] * 2
            gate.opened.set()
            events = list(second)
        assert text(events) == numbers(4)
        assert [event.id for event in events] == list(range(1, len(events) + 1))
        assert text(list(first)) == "w1 "


def test_a_failing_answer_says_so_and_is_done(api: Api) -> None:
    path = api.make()
    api.model.queue(Script([Text("half"), Break()]))
    with api.stream("POST", f"{path}/messages", {"content": "q"}) as stream:
        *_, error, done = stream
    assert (error.event, done.event, done.data["status"]) == ("error", "done", "error")
    assert set(error.data) == {"type", "code", "message", "retryable"}
    assert api.get(f"{path}/messages").json[1]["error_code"] == error.data["code"]


def test_what_the_page_asks_is_watched_here(api: Api) -> None:
    path = api.make()
    gate = Gate()
    api.model.queue(Script(parts_with_gate(2, 4, gate)))
    asked = api.parts.turns.send(SessionKey(LOCAL_USER, last(path)), content="from the page")
    with api.stream("GET", f"{path}/events") as stream:
        seen = stream.until(is_token("w1 "))
        gate.opened.set()
        events = [*seen, *stream]
    assert text(events) == numbers(4)
    assert events[-1].data["message_id"] == asked.answer.id


def test_what_is_asked_here_is_seen_by_the_page(api: Api) -> None:
    path = api.make()
    gate = Gate()
    api.model.queue(Script(parts_with_gate(2, 4, gate)))
    with api.stream("POST", f"{path}/messages", {"content": "q"}) as stream:
        stream.until(is_token("w1 "))
        assert last(path) in api.parts.turns.running_sessions(LOCAL_USER)
        gate.opened.set()
        seen = watch(api.parts.turns, 2, session_id=last(path))
        (*_, done) = stream
    assert seen.text == numbers(4)
    assert isinstance(seen.events[-1], Done)
    assert done.data["status"] == seen.status == "complete"


@pytest.mark.slow
def test_an_answer_of_another_process_is_followed_by_what_is_stored(api: Api) -> None:
    path = api.make(title="Titled")
    settings = api.parts.settings
    other = put_together(settings)
    other.start()
    gate = Gate()
    api.model.queue(Script(parts_with_gate(2, 4, gate)))
    try:
        other.turns.send(SessionKey(LOCAL_USER, last(path)), "q")
        with api.stream("GET", f"{path}/events") as stream:
            seen = stream.until(lambda event: event.event == "token")
            gate.opened.set()
            events = [*seen, *stream]
        assert text(events) == numbers(4)
        assert {event.id for event in events} == {None}
        assert events[-1].data["status"] == "complete"
        assert api.get(f"{path}/events", {"Last-Event-ID": "3"}).status == 204
    finally:
        other.close()


@pytest.mark.slow
def test_two_hundred_streams_at_once(api: Api) -> None:
    path = api.make(title="Titled")
    gate = Gate()
    api.model.queue(Script(parts_with_gate(10, 50, gate)))
    api.parts.turns.send(SessionKey(LOCAL_USER, last(path)), content="q")
    place = SessionKey(LOCAL_USER, last(path))
    (turn,) = api.parts.runner.kept(place)
    until(lambda: turn.log.count == 10)
    threads = threading.active_count()

    async def one() -> bytes:
        address = urlsplit(api.url)
        reader, writer = await asyncio.open_connection(address.hostname, address.port)
        writer.write(f"GET /api{path}/events HTTP/1.1\r\nHost: x\r\n\r\n".encode())
        got = await reader.readuntil(b'"content":"w9 "}\n\n')
        began.release()
        got += await reader.readuntil(b"event: done")
        writer.close()
        return got

    async def all_of_them() -> list[bytes]:
        tasks = [asyncio.create_task(one()) for _ in range(MANY)]
        for _ in range(MANY):
            await began.acquire()
        assert threading.active_count() < threads + 20
        gate.opened.set()
        return await asyncio.gather(*tasks)

    began = asyncio.Semaphore(0)
    found = asyncio.run(asyncio.wait_for(all_of_them(), 30))
    ids = [f"id: {number}\n".encode() for number in range(1, 51)]
    for got in found:
        places = [got.index(id_) for id_ in ids]
        assert places == sorted(places)
        assert got.count(b"event: token") == 50
    until(lambda: not turn.log._next._done_callbacks)


def test_a_title_that_comes_first_has_a_number_too(api: Api) -> None:
    reply = api.post("/chat/stream", {"message": "Hello there"}, STREAM)
    assert reply.body.startswith(b"id: 1\nevent: title\n")


def test_a_silent_stream_is_kept_open_by_comments(
    api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sse, "COMMENT_SECONDS", 0.0)
    monkeypatch.setattr(event_log, "TICK_SECONDS", 0.02)
    path = api.make(title="Titled")
    gate = Gate()
    api.model.queue(Script([gate, Text("late")]))
    with api.stream("POST", f"{path}/messages", {"content": "q"}) as stream:
        comments = [stream.response.readline() for _ in range(6)]
        assert comments == [b": waiting\n", b"\n"] * 3
        gate.opened.set()
        assert text(list(stream)) == "late"


def test_every_event_is_an_event(api: Api) -> None:
    with api.stream("POST", "/chat/stream", {"message": "[[tokens=300]]"}) as stream:
        events: list[Event] = list(stream)
    assert text(events) == numbers(300)
    assert [event.id for event in events] == list(range(1, len(events) + 1))
