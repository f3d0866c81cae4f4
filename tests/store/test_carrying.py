"""What is taken out and put in again is what it was."""

from __future__ import annotations

import json
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from store import messages, personas, profiles, put_in, sessions, take_out, users
from store.database import Database
from store.errors import Refused, SessionNotFound, UserNotFound
from store.own_files import no_bytes
from store.takeout import written
from store.values import PersonaDraft, SessionKey
from tests.conftest import part_of_examples
from tests.store import carrying, carrying_files
from tests.store.carrying import taken_out
from tests.store.carrying_files import Bytes, known, only, shown_of
from tests.store.samples import ANN, BOB, answered_again, asked, exchange, make, opened


def without_times(whole: dict[str, Any]) -> list[dict[str, Any]]:
    """The chats, in whatever order they were made."""
    return sorted(whole["sessions"], key=lambda one: str(one["session_id"]))


@pytest.mark.process
@settings(
    max_examples=part_of_examples(15), suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(data=st.data())
def test_out_and_in_again_is_the_same_in_each_database_and_account(
    both: tuple[Database, Database], data: st.DataObject
) -> None:
    """From SQLite to PostgreSQL and back, into another account, and after all of it was deleted."""
    first, second = both
    for database in both:
        for name in (ANN, BOB):
            _clear(database, name)
    shared = data.draw(carrying.shared())
    ids = [one["folder_id"] for one in shared["folders"]]
    numbers = range(data.draw(st.integers(0, 3)))
    attached = data.draw(carrying_files.attached())
    file_ids = [one["file_id"] for one in attached]
    made = [data.draw(carrying.chats(f"chat-{at}", ids, file_ids)) for at in numbers]
    whole = {"format": "parley", "version": 3, **shared, "files": attached, "sessions": made}
    kept = Bytes()
    count = carrying.put_in(first, ANN, whole, kept.terms(first, ANN))
    assert (count.skipped, count.added) == ([], sum(len(one["messages"]) for one in made))
    there = taken_out(first, ANN, opened=kept.opened)
    used = {id_ for chat in made for one in chat["messages"] for id_ in one.get("files", ())}
    assert known(there)["files"] == known({**whole, "files": only(attached, used)})["files"]
    made = known({**whole, "sessions": made})["sessions"]
    assert sorted(there["folders"], key=_id) == shared["folders"]
    assert there["preferences"] == shared["preferences"]
    for wanted, found in zip(made, without_times(known(there)), strict=True):
        assert {**found, "profiles": ()} == {**wanted, "profiles": ()}
        assert _by_name(found["profiles"]) == _by_name(wanted["profiles"])
    carrying.put_in(second, BOB, there, kept.terms(second, BOB))
    assert everything(second, BOB, kept) == everything(first, ANN, kept)
    _clear(first, ANN)
    back = taken_out(second, BOB, opened=kept.opened)
    carrying.put_in(first, ANN, back, kept.terms(first, ANN))
    assert everything(first, ANN, kept) == everything(second, BOB, kept)
    assert shown_of(first, ANN) == shown_of(second, BOB)
    again = carrying.put_in(first, ANN, there, kept.terms(first, ANN))
    gone = sum(len(one["messages"]) for one in made if one["deleted_at"])
    assert (again.added, again.unchanged + gone >= count.added) == (0, True)
    assert everything(first, ANN, kept) == everything(second, BOB, kept)


@pytest.fixture
def both(sqlite_url: str, postgres_url: str) -> Iterator[tuple[Database, Database]]:
    with opened(sqlite_url) as first, opened(postgres_url) as second:
        yield first, second


def _clear(database: Database, user_id: str) -> None:
    """As if the account were new."""
    with database.transaction() as db:
        users.remove(db, user_id=user_id)
        users.create(db, username=user_id, user_id=user_id)


def everything(database: Database, user_id: str, kept: Bytes) -> dict[str, Any]:
    """All that is taken out, but whose it is, when, and what files are called."""
    whole = known(taken_out(database, user_id, opened=kept.opened))
    return {**whole, "user": None, "exported_at": None, "sessions": without_times(whole)}


def _id(folder: dict[str, Any]) -> str:
    return str(folder["folder_id"])


def _by_name(found: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return sorted(found, key=lambda one: (one["source"], one["handle"]))


def test_all_of_theirs_and_nothing_else(database: Database) -> None:
    with database.transaction() as db:
        place = make(db, ANN, title="First ü")
        _, answer = exchange(db, place, "Hi <b>", "Hello")
        answered_again(db, place, message_id=answer.id)
        profiles.save(db, place, source="x", handle="a", result={"post_count": 3})
        trashed = make(db, ANN, title="In the trash")
        asked(db, trashed, "Unanswered")
        sessions.trash(db, trashed)
        exchange(db, make(db, BOB, title="Of Bob"), "Secret of Bob")
        personas.create(db, user_id=ANN, draft=PersonaDraft("Cook"))
        personas.create(db, user_id=BOB, draft=PersonaDraft("Of Bob"))
    whole = taken_out(database, ANN)
    text = json.dumps(whole)
    assert (whole["format"], whole["version"], whole["user"]["username"]) == ("parley", 3, ANN)
    assert [persona["name"] for persona in whole["personas"]] == ["Cook"]
    assert [one["title"] for one in whole["sessions"]] == ["First ü", "In the trash"]
    first, second = (one["messages"] for one in whole["sessions"])
    assert [one["status"] for one in first] == ["complete", "complete", "interrupted"]
    assert [one["content"] for one in second] == ["Unanswered", ""]
    assert "Bob" not in text
    assert "password" not in text
    assert whole["sessions"][0]["profiles"][0]["result"] == {"post_count": 3}
    chosen = taken_out(database, ANN, place.session_id)
    assert [one["title"] for one in chosen["sessions"]] == ["First ü"]
    assert "user" not in chosen
    for ids in ([trashed.session_id], ["nosuch"], ["../x"], [place.session_id, "nosuch"]):
        with pytest.raises(SessionNotFound):
            next(written(database.reading, no_bytes, user_id=ANN, chosen=ids))
    with pytest.raises(SessionNotFound):
        next(written(database.reading, no_bytes, user_id=BOB, chosen=[place.session_id]))
    with pytest.raises(UserNotFound):
        next(written(database.reading, no_bytes, user_id="nobody"))


def test_a_deleted_account_comes_back(database: Database) -> None:
    with database.transaction() as db:
        place = make(db, ANN, title="Kept")
        exchange(db, place, "Hi", "Hello")
        cook = personas.create(db, user_id=ANN, draft=PersonaDraft("Cook", tools=("calculate",)))
    before, state = taken_out(database, ANN), _state(database, place)
    with database.transaction() as db:
        users.remove(db, user_id=ANN)
        users.create(db, username=ANN, user_id=ANN)
    carrying.put_in(database, ANN, before)
    after = taken_out(database, ANN)
    assert after["sessions"] == before["sessions"]
    assert _state(database, place) == state
    with database.reading() as db:
        assert personas.get(db, user_id=ANN, persona_id=cook.id) == cook


def _state(database: Database, key: SessionKey) -> object:
    """What lists and pages show of it, without its version."""
    with database.reading() as db:
        found = sessions.get(db, key)
        shown = messages.window(db, key, leaf_id=found.active_leaf_id)
    parts = (found.preview, found.message_count, found.prompt_tokens, found.last_activity_at)
    return parts, shown


def test_a_chat_that_grew_is_added_to_and_one_that_changed_stays(database: Database) -> None:
    with database.transaction() as db:
        place = make(db, ANN, title="Grows")
        exchange(db, place, "One", "1")
    early = taken_out(database, ANN)
    with database.transaction() as db:
        exchange(db, place, "Two", "2")
    late = taken_out(database, ANN)
    assert carrying.put_in(database, BOB, early).added == 2
    bobs = SessionKey(BOB, place.session_id)
    grown = carrying.put_in(database, BOB, late)
    assert (grown.added, grown.unchanged, grown.skipped) == (2, 2, [])
    assert taken_out(database, BOB)["sessions"] == late["sessions"]
    with database.transaction() as db:
        exchange(db, bobs, "Mine", "3")
    later = taken_out(database, BOB)
    late["sessions"][0]["messages"][2]["created_at"] = "2020-01-01T00:00:00Z"
    other = carrying.put_in(database, BOB, late)
    assert (other.added, other.unchanged) == (0, 3)
    assert ["another one" in one.why for one in other.skipped] == [True]
    assert taken_out(database, BOB) | {"exported_at": 0} == later | {"exported_at": 0}


def test_another_chat_of_the_same_id_stays_and_the_trash_is_left_alone(database: Database) -> None:
    with database.transaction() as db:
        place = make(db, ANN, session_id="same", title="Hers")
        exchange(db, place)
        exchange(db, make(db, BOB, session_id="same", title="His"))
    hers = taken_out(database, ANN)
    for added in (2, 0):
        assert carrying.put_in(database, BOB, hers).added == added
    titles = [one["title"] for one in taken_out(database, BOB)["sessions"]]
    assert titles == ["Hers", "His"]
    with database.transaction() as db:
        sessions.trash(db, place)
    (skipped,) = carrying.put_in(database, ANN, hers).skipped
    assert "in the trash here" in skipped.why


WRONG: list[tuple[str, object]] = [
    ("id", 0),
    ("id", -1),
    ("id", 2**31),
    ("id", "1"),
    ("role", "admin"),
    ("status", {}),
    ("created_at", "yesterday"),
    ("created_at", 1e308),
    ("cost", -1),
    ("prompt_tokens", 2**40),
    ("tools_used", "x"),
    ("metadata", []),
    ("parent_id", 99),
    ("model", "x" * 201),
    ("idempotency_key", "x" * 201),
]


@pytest.mark.parametrize(("name", "value"), WRONG)
def test_a_bad_message_is_left_out_and_named_and_the_others_come(
    sqlite_url: str, name: str, value: object
) -> None:
    with opened(sqlite_url) as database:
        with database.transaction() as db:
            exchange(db, make(db, ANN, title="Chat"), "Hi", "Hello")
        whole = taken_out(database, ANN)
        bad = {**whole["sessions"][0]["messages"][0], "id": 7, name: value}
        whole["sessions"][0]["messages"].append(bad)
        count = carrying.put_in(database, BOB, whole)
    assert (count.added, count.skipped_count) == (2, 1)
    assert "Chat" in count.skipped[0].where


def test_what_nothing_can_keep_is_repaired_or_refused(sqlite_url: str) -> None:
    with opened(sqlite_url) as database:
        with database.transaction() as db:
            exchange(db, make(db, ANN, title="Chat"), "Hi", "Hello")
        whole = taken_out(database, ANN)
        one = whole["sessions"][0]
        one["messages"][0]["content"] = "a\0b\ud800"
        one["messages"][1]["idempotency_key"] = one["messages"][0]["idempotency_key"] = "twice"
        one["messages"] += [one["messages"][1]]
        whole["sessions"] += [{**one, "title": "x" * 201}, {**one, "parameters": {"a": [[]] * 9}}]
        whole["sessions"] += [{"title": "Nothing else"}, {**one, "session_id": "%", "title": "Odd"}]
        count = carrying.put_in(database, BOB, whole)
        found = {chat["title"]: chat for chat in taken_out(database, BOB)["sessions"]}
    assert found["Chat"]["messages"][0]["content"] == "a\ufffdb\ufffd"
    keys = [message["idempotency_key"] for message in found["Chat"]["messages"]]
    assert keys == ["twice", None]
    assert found["Odd"]["session_id"].startswith("in-")
    assert count.skipped_count >= 4


def test_only_ones_own_format_is_read(sqlite_url: str) -> None:
    with opened(sqlite_url) as database:
        for text in (b"", b"[]", b"{}", b'{"sessions": [', b"\xff\xfe", b'{"sessions": {}}', b"1"):
            with pytest.raises(Refused):
                carrying.put_in(database, ANN, text)
        with pytest.raises(Refused, match="newer"):
            carrying.put_in(database, ANN, {"format": "parley", "version": 4, "sessions": []})


def test_the_commands_take_out_and_put_in(
    database_url: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "mine.json"
    with opened(database_url) as database, database.transaction() as db:
        exchange(db, make(db, ANN, title="Chat"), "Hi", "Hello")
    assert take_out.main([ANN, str(file), "--from", database_url]) == 0
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert put_in.main([BOB, str(file), "--to", database_url, "--dry-run"]) == 0
    assert "1 chats with 2 messages would be read" in capsys.readouterr().out
    for said in ("2 messages added, 0 were there", "0 messages added, 2 were there"):
        assert put_in.main([BOB, str(file), "--to", database_url]) == 0
        assert said in capsys.readouterr().out
    assert put_in.main(["nobody", str(file), "--to", database_url]) == 1
    assert take_out.main([ANN, str(file), "--from", str(tmp_path / "none.db")]) == 1
    assert put_in.main([BOB, str(tmp_path / "none"), "--to", database_url]) == 1
    again = Database(database_url)
    again.open()
    assert len(taken_out(again, BOB)["sessions"]) == 1
    again.close()
