"""What somebody gets who asks for everything of theirs."""

from __future__ import annotations

import json

import pytest

from chat.people.takeout import everything_as_json
from store import messages, personas, profiles, sessions, shares
from store.errors import UserNotFound
from store.share_values import NewShare
from store.values import PersonaDraft
from tests.store.samples import ANN, BOB, NOON, asked, exchange, make, make_folder, opened


def test_all_of_theirs_and_nothing_else(sqlite_url: str) -> None:
    with opened(sqlite_url) as database:
        with database.transaction() as db:
            make_folder(db, "work")
            make_folder(db, "of-bob", BOB, name="Of Bob")
            place = make(db, ANN, title="First ü", folder="work", tags=["red"])
            _, answer = exchange(db, place, "Hi <b>", "Hello")
            profiles.save(db, place, source="x", handle="a", result={"post_count": 3})
            _, gone = exchange(db, place, "Take this back", "Yes")
            messages.delete(db, place, message_id=gone.id)
            trashed = make(db, ANN, title="In the trash")
            asked(db, trashed, "Unanswered")
            sessions.trash(db, trashed)
            exchange(db, make(db, BOB, title="Of Bob"), "Secret of Bob")
            personas.create(db, user_id=ANN, draft=PersonaDraft("Cook"))
            new = NewShare(mode="live", expires_at=NOON, password_hash="password")
            shares.create(db, place, new=new, token_hash="secret", now=NOON)
            personas.create(db, user_id=BOB, draft=PersonaDraft("Of Bob"))
        written = everything_as_json(database, user_id=ANN)
        with pytest.raises(UserNotFound):
            everything_as_json(database, user_id="nobody")
    data = json.loads(written)
    assert data["user"]["username"] == ANN
    assert [persona["name"] for persona in data["personas"]] == ["Cook"]
    assert [folder["name"] for folder in data["folders"]] == ["work"]
    assert (data["sessions"][0]["folder"], data["sessions"][0]["tags"]) == ("work", ["red"])
    assert [session["title"] for session in data["sessions"]] == ["First ü", "In the trash"]
    first, second = (session["messages"] for session in data["sessions"])
    assert [message["content"] for message in first] == ["Hi <b>", "Hello", "Take this back"]
    assert first[1]["id"] == answer.id
    assert first[1]["parent_id"] == first[0]["id"]
    assert [message["content"] for message in second] == ["Unanswered", ""]
    [share] = data["shares"]
    assert (share["session_id"], share["protected"]) == (place.session_id, True)
    assert b"secret" not in written
    assert b"Bob" not in written
    assert b"password" not in written
    (profile,) = data["sessions"][0]["profiles"]
    assert (profile["source"], profile["handle"]) == ("x", "a")
    assert profile["result"] == {"post_count": 3}
    assert data["sessions"][1]["profiles"] == []
