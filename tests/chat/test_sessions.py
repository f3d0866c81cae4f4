"""The use cases on chats: what each holds besides the store's own work."""

from __future__ import annotations

import inspect
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from sqlalchemy import text

from chat.config import Settings
from chat.errors import InvalidInput, Outdated
from chat.runtime import put_together
from chat.sessions import Sessions
from store import session_locks, sessions
from store.errors import SessionNotFound, StorageUnavailable
from store.session_values import NewSession
from store.types import utc_now
from store.users import LOCAL_USER
from store.values import SessionKey
from tests.chat.clock import NOON
from tests.chat.conftest import SESSION, USER, Room
from tests.model_script import Pause
from tests.waiting import until

AtOnce = Callable[..., tuple[Sessions, list[object]]]
KEY = SessionKey(USER, SESSION)
A, B = SessionKey(LOCAL_USER, "a"), SessionKey(LOCAL_USER, "b")


@pytest.mark.parametrize(
    "away",
    [
        lambda chats: chats.trash([KEY]),
        lambda chats: chats.trash_all(USER),
        lambda chats: chats.purge([KEY]),
        lambda chats: chats.clear(KEY),
    ],
)
def test_what_goes_takes_its_running_answer_along(
    room: Room, away: Callable[[Sessions], object]
) -> None:
    asked = room.send("q", Pause())
    away(room.parts.sessions)
    assert room.watch(asked.answer.id).status in ("stopped", "deleted")
    assert room.turns.running_in(KEY) is None


def test_an_answer_whose_chat_goes_before_it_begins_did_not_fail(room: Room) -> None:
    gone = threading.Event()
    room.parts.loop.soon(gone.wait)
    asked = room.send("q", Pause())
    with room.parts.database.transaction() as db:
        sessions.trash(db, KEY)
    gone.set()
    assert room.watch(asked.answer.id).status == "stopped"


def test_several_go_or_none(room: Room) -> None:
    chats, nowhere = room.parts.sessions, SessionKey(USER, "nowhere")
    for work in (chats.trash, chats.purge, chats.archive):
        with pytest.raises(SessionNotFound):
            work([KEY, nowhere])
        assert room.session().archived_at is None
    chats.trash([KEY])
    chats.restore_those_left([KEY, nowhere])
    assert room.session().deleted_at is None


@pytest.fixture
def at_once(postgres_url: str) -> Iterator[AtOnce]:
    """Two changes of the chats A and B at the same time; how each ended."""
    parts = put_together(Settings(database_url=postgres_url, find_local_servers=False))
    parts.loop.start()
    for key in (B, A):
        parts.sessions.create(key, NewSession())

    def run(*changes: Callable[[Sessions], object]) -> tuple[Sessions, list[object]]:
        with ThreadPoolExecutor() as pool:
            with parts.database.transaction() as db:
                for key in (A, B):
                    session_locks.locked_version(db, key)
                working = [pool.submit(change, parts.sessions) for change in changes]
                waiting = text("SELECT count(*) FROM pg_locks WHERE NOT granted")
                until(lambda: db.scalar(waiting) == len(changes))
            return parts.sessions, [one.exception() for one in working]

    yield run
    parts.close()


@pytest.mark.parametrize("other", [lambda c: c.archive([A, B]), lambda c: c.trash_all(LOCAL_USER)])
def test_whoever_changes_several_waits_for_others_in_one_order(
    at_once: AtOnce, other: Callable[[Sessions], object]
) -> None:
    _, ends = at_once(lambda chats: chats.archive([B, A]), other)
    assert not any(isinstance(end, StorageUnavailable) for end in ends)


def test_parameters_that_are_set_at_once_are_both_kept(at_once: AtOnce) -> None:
    chats, ends = at_once(
        lambda chats: chats.set_parameter(A, "temperature", 0.5),
        lambda chats: chats.set_parameter(A, "system_prompt", "Be kind."),
    )
    assert ends == [None, None]
    assert chats.change(A).parameters == {"temperature": 0.5, "system_prompt": "Be kind."}


def test_a_persona_there_is_not_is_refused_and_nothing_made(room: Room) -> None:
    chats, key = room.parts.sessions, SessionKey.new(USER)
    with pytest.raises(InvalidInput, match="no such persona") as refused:
        chats.create(key, NewSession(persona="nobody"))
    assert refused.value.field == "persona"
    with pytest.raises(InvalidInput):
        chats.change(KEY, persona="nobody")
    with pytest.raises(InvalidInput):
        room.turns.send(key, "hi", new=NewSession(persona="nobody"))
    with pytest.raises(SessionNotFound):
        room.session(key.session_id)


def test_the_default_persona_is_named_when_a_chat_is_made(room: Room) -> None:
    made, _ = room.parts.sessions.create(SessionKey.new(USER), NewSession())
    assert made.persona == "plain"


def test_one_parameter_is_set_and_the_others_stay(room: Room) -> None:
    chats = room.parts.sessions
    chats.set_parameter(KEY, "temperature", 0.5)
    chats.set_parameter(KEY, "system_prompt", "Be brief.")
    assert room.session().parameters == {"temperature": 0.5, "system_prompt": "Be brief."}
    chats.set_parameter(KEY, "temperature", None)
    assert room.session().parameters == {"system_prompt": "Be brief."}


def test_a_chat_that_was_not_used_is_used_again(room: Room) -> None:
    room.parts.sessions.change(KEY, is_active=False)
    assert not room.session().is_active
    room.watch(room.send("hi").answer.id)
    assert room.session().is_active


def test_whoever_has_seen_another_version_changes_nothing(room: Room) -> None:
    chats, seen = room.parts.sessions, frozenset({room.session().version})
    chats.change(KEY, seen, title="Mine")
    for work in (
        lambda: chats.change(KEY, seen, title="Yours"),
        lambda: chats.trash([KEY], seen),
        lambda: chats.purge([KEY], seen),
    ):
        with pytest.raises(Outdated):
            work()
    assert room.session().title == "Mine"
    assert "seen" in inspect.signature(chats.restore).parameters


def test_a_temporary_chat_is_left_when_its_answer_is_there(room: Room) -> None:
    chats, key = room.parts.sessions, SessionKey(USER, "passing")
    chats.create(key, NewSession(temporary=True))
    asked = room.turns.send(key, "q")
    answered = room.turns.attach(key, asked.answer.id)
    until(lambda: room.turns.running_in(key) is None or answered.read(0.1))
    room.turns.stop_quietly(key)
    until(lambda: chats.close(key))
    with room.parts.database.reading() as db, pytest.raises(SessionNotFound):
        sessions.get(db, key)
    assert chats.close(key)


def test_what_is_kept_or_deleted_of_temporary_chats(room: Room) -> None:
    chats, keys = room.parts.sessions, [SessionKey(USER, name) for name in ("kept", "gone")]
    for key in keys:
        chats.create(key, NewSession(temporary=True))
        chats.change(key, title="Mine", temporary=True)
    assert not chats.change(keys[0], temporary=False).temporary
    chats.trash(keys)
    assert chats.restore(keys[0])
    with pytest.raises(SessionNotFound):
        chats.restore(keys[1])


def test_an_expired_chat_that_is_restored_stays(room: Room) -> None:
    chats = room.parts.sessions
    for ends, stays in ((NOON, False), (utc_now() + timedelta(days=1), True)):
        with room.parts.database.transaction() as db:
            sessions.change(db, KEY, expires_at=ends)
        chats.trash([KEY])
        assert (chats.restore(KEY).expires_at == ends) == stays
