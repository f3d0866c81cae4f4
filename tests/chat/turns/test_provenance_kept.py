"""What is kept of requests when its messages, its answers and its user change or go."""

from __future__ import annotations

import json
from dataclasses import asdict

import pytest
from sqlalchemy import update

from chat.turns import sources
from chat.turns.attached import NoFiles
from chat.turns.origin import Origin
from chat.turns.provenance import origin
from store import cleanup, copies, tables, users
from store.provenance_record import fingerprint
from store.types import utc_now
from store.values import SessionKey
from tests.chat.conftest import SESSION, USER, Room
from tests.chat.turns.origins import counted, origin_of, record_of, spoil
from tests.databases import DIALECTS
from tests.model_script import Text
from tests.store.samples import FREE


@pytest.fixture(params=DIALECTS)
def rooms_url(request: pytest.FixtureRequest) -> str:
    name = "sqlite_url" if request.param == "sqlite" else "postgres_url"
    url: str = request.getfixturevalue(name)
    return url


def test_what_is_another_by_now_or_gone_is_said(room: Room) -> None:
    first = room.send("one", Text("A")).answer
    room.watch(first.id)
    second = room.send("two", Text("B")).answer
    room.watch(second.id)
    spoil(room, first.id)
    found = origin_of(room, second.id)
    states = [(one.parts[0].state, one.message is None) for one in found.messages]
    assert states == [("same", False), ("same", False), ("changed", True), ("same", False)]
    assert found.body(0) is None
    assert "spoiled" not in json.dumps([asdict(one) for one in found.messages])
    assert found.messages[2].parts[0].hash == fingerprint("A")[: sources.SHORT]
    with room.database.transaction() as db:
        this = tables.messages.c.id == first.id
        db.execute(update(tables.messages).where(this).values(deleted_at=utc_now()))
    (gone,) = origin_of(room, second.id).messages[2].parts
    assert (gone.state, gone.hash) == ("gone", fingerprint("A")[: sources.SHORT])


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
        key = SessionKey(new, SESSION)
        found = origin(db, key, message_id=answer.id, attached=NoFiles())
    assert found.body(0) == body
    assert counted(room) == {"provenance": 1, "named_texts": 1, "sent_texts": 1}
    with room.database.transaction() as db:
        users.create(db, username="bob", password_hash="x", role="admin")
        users.remove(db, user_id=new)
    assert counted(room) == {"provenance": 0, "named_texts": 0, "sent_texts": 0}


def test_damage_and_hostile_records_show_nothing(room: Room) -> None:
    answer = room.send().answer
    room.watch(answer.id)
    good = record_of(room, answer.id)
    (request,) = good["requests"]
    (system, asked) = good["said"]
    (named,) = asked["parts"]
    deep = system | {"whole": True}
    for bad in (
        [],
        {"said": 1},
        {**good, "requests": [{**request, "messages": [[0, 10**12]]}]},
        {**good, "requests": [{**request, "messages": [[-5, 1]]}]},
        {**good, "said": [{"role": "user", "parts": [{"kind": "message", "id": "x"}]}]},
        {**good, "said": [system, asked | {"parts": [named | {"id": 10**30}]}]},
        {**good, "said": [deep, asked]},
        {**good, "profiles": [{"handle": 1}]},
        {**good, "requests": [{**request, "messages": [[0, 2]] * 10**5}]},
        {**good, "said": [system, *[asked | {"parts": [named | {"kind": "several"}]}] * 999]},
    ):
        with room.database.transaction() as db:
            db.execute(update(tables.provenance).values(record=bad))
            db.execute(update(tables.sent_texts).values(text="[" * 99_999))
        assert origin_of(room, answer.id) == Origin(answer.id)
