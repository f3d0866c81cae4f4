"""News over HTTP: who hears what, from which process, and when a stream ends."""

from __future__ import annotations

import time
from itertools import islice
from pathlib import Path

from store import sessions, users
from store.database import Database
from store.values import SessionKey
from tests.chat.api.client import Client, Event, Stream
from tests.doors.conftest import QUICK
from tests.doors.people import ANN, BOB, People
from tests.processes import Server

NEWS = "/users/me/news"
SOON_SECONDS = 10.0
"""Promised are 2 s; a machine that is busy with more takes longer."""


def client(server: Server, people: People, name: str) -> Client:
    return Client(server.url, people.known[name].headers)


def heard(stream: Stream, kind: str, session_id: str) -> Event:
    """The first such event."""
    wanted = {"type": kind, "session_id": session_id}
    return stream.until(lambda event: event.data == wanted)[-1]


def test_a_change_is_told_to_its_owner_only(server: Server, people: People, hers: str) -> None:
    ann, bob = client(server, people, "owner by token"), client(server, people, "another user")
    his = bob.post("/users/me/sessions", {}).json["session_id"]
    with ann.stream("GET", NEWS) as anns, bob.stream("GET", NEWS) as bobs:
        ann.patch(f"/users/me/sessions/{hers}", {"title": "Another"})
        told = heard(anns, "session", hers)
        bob.patch(f"/users/me/sessions/{his}", {"title": "His own"})
        others = bobs.until(lambda event: event.data["session_id"] == his)
        assert hers not in {event.data["session_id"] for event in others}
    ann.post(f"/users/me/sessions/{hers}/messages", {"content": "Hi"})
    with ann.stream("GET", NEWS, headers={"Last-Event-ID": str(told.id)}) as again:
        missed = list(islice((e.data for e in again if e.data["session_id"] == hers), 2))
    assert missed == [{"type": "turn", "session_id": hers}] * 2


def test_what_another_process_does_is_told_too(
    server: Server, people: People, hers: str, database: Database
) -> None:
    ann = client(server, people, "owner by cookie")
    with ann.stream("GET", NEWS) as stream:
        heard(stream, "session", "")  # what was before it began to look
        began = time.monotonic()
        with database.transaction() as db:
            sessions.change(db, SessionKey(people.users[ANN].id, hers), title="By another")
        heard(stream, "session", "")
    assert time.monotonic() - began < SOON_SECONDS


def test_a_stream_ends_with_its_login(server: Server, people: People, database: Database) -> None:
    bob = client(server, people, "another user by cookie")
    with bob.stream("GET", NEWS) as stream:
        try:
            with database.transaction() as db:
                users.set_disabled(db, user_id=people.users[BOB].id, disabled=True)
            list(stream)
            assert bob.get(NEWS).status == 401
        finally:
            with database.transaction() as db:
                users.set_disabled(db, user_id=people.users[BOB].id, disabled=False)


def test_a_server_that_stops_waits_for_no_stream(tmp_path: Path) -> None:
    with Server(tmp_path, QUICK) as server, Client(server.url).stream("GET", NEWS) as stream:
        began = time.monotonic()
        server.stop()
        list(stream)
        assert time.monotonic() - began < SOON_SECONDS
