"""Analyses that doors ask for: with the session they begin, and how long failures are kept."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest

from chat.errors import InvalidInput, TooMany
from chat.profiles import analyses as module
from chat.profiles.analyses import Analysis, AnalysisRequest
from store import cleanup, profiles, sessions, users
from store.errors import ReadOnly, Refused, SessionNotFound
from store.session_values import NewSession
from store.values import SessionKey
from tests.chat.clock import NOON, Clock
from tests.chat.conftest import SESSION, USER, Room, Rooms
from tests.social_server import SocialServer, post
from tests.waiting import until

pytestmark = pytest.mark.process

GUEST = "guest1"
CHAT = NewSession(persona="pirate", model="scripted-1", parameters={"temperature": 0.5})
MINE = SessionKey(USER, SESSION)
FILE = ("a.csv", b"nothing in it")


@pytest.fixture
def social() -> Iterator[SocialServer]:
    with SocialServer() as server:
        server.add("a", posts=[post("Hello")])
        yield server


@pytest.fixture
def clock() -> Clock:
    return Clock()


Houses = Callable[..., Room]


@pytest.fixture
def house(rooms: Rooms, social: SocialServer, clock: Clock) -> Houses:
    """Makes a process with a guest, which looks for accounts on the local server."""

    def make(**changes: Any) -> Room:
        room = rooms(now=clock, openai_base_url=None, **social.settings(), **changes)
        with room.database.transaction() as db:
            if users.by_username(db, username=GUEST) is None:
                users.create(db, username=GUEST, user_id=GUEST, role="guest", now=NOON)
        return room

    return make


def start(room: Room, handle: str = "@a", *, user_id: str = USER, **more: Any) -> Analysis:
    """One that has ended."""
    again, upload = more.pop("again", False), more.pop("upload", None)
    key = SessionKey(user_id, more.pop("session_id", SESSION))
    analysis = room.parts.analyses.start(key, AnalysisRequest("", handle, again, upload), **more)
    until(lambda: analysis.log.closed)
    return analysis


def failures(room: Room, session_id: str = SESSION) -> list[str]:
    found = room.parts.analyses.of(SessionKey(USER, session_id))
    return [one.handle for one in found if one.failure]


def test_the_session_is_made_with_it(house: Houses) -> None:
    room = house()
    analysis = start(room, session_id="new", new=CHAT)
    assert analysis.result
    made = room.session("new")
    assert (made.persona, made.model, made.parameters) == (
        "pirate",
        "scripted-1",
        {"temperature": 0.5},
    )
    assert start(room, session_id="new", new=NewSession(persona="plain")).line.startswith("This")
    assert room.session("new").persona == "pirate"


def test_what_a_running_answer_analyzes_is_kept_while_it_is_read_only(house: Houses) -> None:
    room, key = house(), SessionKey(USER, SESSION)
    room.parts.read_only.switch(room.parts.identities.local, on=True)
    mine = room.parts.analyses.of_session(key, "")
    lines: list[str] = []
    found = room.parts.loop.spawn(mine.analyzed("", "@a", again=False, status=lines.append))
    assert found.result(20).handle
    with room.database.reading() as db:
        assert profiles.count(db, key) == 1
    with pytest.raises(ReadOnly):
        start(room)


@pytest.mark.parametrize("changes", [{"guest_sessions": 1}, {"guest_messages_per_hour": 1}])
def test_a_guest_over_a_cap_is_left_with_nothing(house: Houses, changes: dict[str, int]) -> None:
    room = house(auth="guest", guest_models=(CHAT.model,), **changes)
    start(room, user_id=GUEST, session_id="one", new=CHAT)
    with pytest.raises(TooMany):
        start(room, user_id=GUEST, session_id="two", new=CHAT)
    with room.database.reading() as db:
        assert [one.session_id for one in sessions.recent(db, user_id=GUEST)] == ["one"]
        assert profiles.count(db, SessionKey(GUEST, "one")) == 1
    assert room.parts.analyses.of(SessionKey(GUEST, "two")) == []


def test_whatever_is_refused_leaves_no_session(house: Houses) -> None:
    room = house(auth="guest", guest_message_max_chars=10)
    long = NewSession(parameters={"system_prompt": "x" * 11})
    with pytest.raises(InvalidInput):
        start(room, user_id=GUEST, session_id="new", new=long)
    for handle in ("", "no handle!"):
        with pytest.raises(InvalidInput, match="is no handle"):
            start(room, handle, session_id="new", new=CHAT)
    with pytest.raises(Refused):
        start(room, session_id="no id", new=CHAT)
    with pytest.raises(SessionNotFound):
        start(room, session_id="new")
    for user_id in (USER, GUEST):
        with pytest.raises(SessionNotFound), room.database.reading() as db:
            sessions.get(db, SessionKey(user_id, "new"))


def test_one_of_many_guests_gets_the_last_chat(house: Houses) -> None:
    room = house(auth="guest", guest_models=(CHAT.model,), guest_sessions=1)

    def ask(number: int) -> str:
        try:
            start(room, user_id=GUEST, session_id=f"s{number}", new=CHAT)
        except TooMany:
            return "refused"
        return "begun"

    with ThreadPoolExecutor(4) as pool:
        assert sorted(pool.map(ask, range(4))) == ["begun", "refused", "refused", "refused"]
    with room.database.reading() as db:
        assert sessions.count(db, user_id=GUEST) == 1


def test_failures_are_kept_until_they_are_dismissed(house: Houses, clock: Clock) -> None:
    room = house()
    start(room, "@nobody")
    start(room)
    clock.later(minutes=2)
    assert failures(room) == ["@nobody"]
    assert len(room.parts.analyses.of(MINE)) == 1
    clock.later(days=9)
    (kept,) = room.parts.analyses.of(MINE)
    assert "There is no account @nobody.bsky.social" in kept.failure
    assert room.parts.analyses.of(SessionKey(USER, "other")) == []
    assert room.parts.analyses.of(SessionKey(GUEST, SESSION)) == []
    room.parts.analyses.dismiss(SessionKey(GUEST, SESSION))
    assert failures(room) == ["@nobody"]
    room.parts.analyses.dismiss(MINE)
    assert failures(room) == []


@pytest.mark.usefixtures("tried_at_once")
def test_what_is_asked_for_again_has_not_failed_any_more(
    house: Houses, social: SocialServer
) -> None:
    """However it is written; other failures stay."""
    room = house()
    for handle in ("@later", "@nobody", "@later@127.0.0.1:1"):
        start(room, handle)
    social.add("later", posts=[post("Here I am")])
    assert start(room, "later.bsky.social").result
    assert failures(room) == ["@nobody", "@later@127.0.0.1:1"]
    social.fail(503, times=9)
    start(room, "@later", again=True)
    assert failures(room) == ["@nobody", "@later@127.0.0.1:1", "@later"]
    social.reset()
    assert start(room, "@later").line == module.KNOWN_BEFORE
    assert failures(room) == ["@nobody", "@later@127.0.0.1:1"]


def test_neither_has_what_an_answer_asks_for_again(house: Houses, social: SocialServer) -> None:
    room = house()
    start(room, "@later")
    social.add("later", posts=[post("Here I am")])
    mine = room.parts.analyses.of_session(MINE, model="")
    told: list[str] = []
    asked = mine.analyzed("", "later", again=False, status=told.append)
    assert room.parts.loop.spawn(asked).result(20).post_count == 1
    assert failures(room) == []


def test_failures_are_bounded(house: Houses, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "FAILURES", 8)
    room = house()
    for session_id in ("s1", "s2"):
        room.create(session_id)
        for number in range(7):
            start(room, f"@nobody{number}", session_id=session_id)
    kept = [failures(room, session_id) for session_id in ("s1", "s2")]
    assert kept[1] == [f"@nobody{number}" for number in range(2, 7)]
    assert len(kept[0]) < 5
    assert kept[0] == [f"@nobody{number}" for number in range(7 - len(kept[0]), 7)]


def test_a_file_that_failed_is_not_kept(house: Houses) -> None:
    room = house()
    analysis = start(room, "a.csv", upload=FILE)
    assert "No posts can be read" in analysis.failure
    assert not any(
        FILE in (value, getattr(value, "upload", None)) for value in vars(analysis).values()
    )


def test_a_result_is_removed(house: Houses) -> None:
    room = house()
    start(room)
    this = {"source": "bluesky", "handle": "a.bsky.social"}
    with pytest.raises(SessionNotFound):
        room.parts.analyses.remove(SessionKey(GUEST, SESSION), **this)
    assert room.parts.analyses.remove(MINE, **this)
    assert not room.parts.analyses.remove(MINE, **this)
    with room.database.reading() as db:
        assert profiles.count(db, MINE) == 0


def test_a_session_that_is_gone(house: Houses, social: SocialServer, clock: Clock) -> None:
    room = house()
    social.gate.clear()
    wanted = AnalysisRequest("", "@a")
    analysis = room.parts.analyses.start(MINE, wanted)
    until(lambda: analysis.line.startswith("Fetching"))
    with room.database.transaction() as db:
        cleanup.purge(db, MINE)
    social.gate.set()
    until(lambda: analysis.log.closed)
    assert "This chat was deleted" in analysis.failure
    assert analysis.ended == clock.now
    clock.now += timedelta(minutes=5)
    assert failures(room) == ["@a"]
