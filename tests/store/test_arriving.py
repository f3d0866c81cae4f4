"""What comes in beside what is there: folders, the trash, files of other times, and cut ones."""

from __future__ import annotations

import io
import json
from datetime import datetime, timedelta, timezone
from typing import Any

import pytest

from store import (
    arrivals,
    cleanup,
    clearing,
    folders,
    messages,
    own_format,
    preferences,
    profiles,
    provenance,
    sessions,
)
from store.arrivals import Arriving
from store.database import Database
from store.folders import NewFolder
from store.provenance_record import Provenance, fingerprint
from store.put_in import _opening
from store.values import SessionKey
from tests.store import carrying
from tests.store.carrying import taken_out
from tests.store.samples import ANN, BOB, exchange, make, make_folder

AT = "2024-05-01T12:00:00Z"


def message(id_: int, parent_id: int | None = None, **more: Any) -> dict[str, Any]:
    role = "assistant" if id_ % 2 == 0 else "user"
    said = {"id": id_, "parent_id": parent_id, "role": role, "content": f"text {id_}"}
    return {**said, "created_at": AT, **more}


def chat(*found: dict[str, Any], **more: Any) -> dict[str, Any]:
    about = {"session_id": "c", "title": "C", "created_at": AT, "last_activity_at": AT}
    return {**about, **more, "messages": list(found)}


def file_of(*chats: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"format": "parley", "version": 2, **more, "sessions": list(chats)}


def test_folders_come_by_their_ids_or_names_and_are_nobody_elses(sqlite: Database) -> None:
    with sqlite.transaction() as db:
        outer = make_folder(db, "work", name="Work", colour="red", system_prompt="Be brief.")
        inner = make_folder(db, "deep", name="Deep", parent_id=outer)
        place = make(db, folder=inner, title="Kept", tags=["b", "a"])
        exchange(db, place)
        theirs = make_folder(db, "work", BOB, name="Other")
        make_folder(db, "mine", BOB, name="Deep")
    whole = taken_out(sqlite, ANN)
    assert taken_out(sqlite, ANN, place.session_id)["folders"] == whole["folders"]
    for _ in range(2):
        assert carrying.put_in(sqlite, BOB, whole).skipped == []
    found = taken_out(sqlite, BOB)
    by_name = {(one["name"], one["parent_id"]): one for one in found["folders"]}
    made = by_name["Work", None]
    assert (made["colour"], made["system_prompt"]) == ("red", "Be brief.")
    assert (made["folder_id"] != theirs, len(by_name)) == (True, 4)
    assert found["sessions"][0]["folder"] == by_name["Deep", made["folder_id"]]["folder_id"]
    assert found["sessions"][0]["tags"] == ["a", "b"]


def test_a_folder_that_is_not_in_the_file_is_none(sqlite: Database) -> None:
    with sqlite.transaction() as db:
        make_folder(db, "hers")
        make_folder(db, "his", BOB)
    names = ("hers", "his", "nobodys")
    whole = file_of(*(chat(message(1), session_id=name, folder=name) for name in names))
    carrying.put_in(sqlite, BOB, {**whole, "version": 1})
    found = {one["session_id"]: one["folder"] for one in taken_out(sqlite, BOB)["sessions"]}
    assert found == {"hers": None, "his": "his", "nobodys": None}


def test_too_many_folders_and_bad_ones_are_named_and_their_chats_come(sqlite: Database) -> None:
    shelf = {"name": "N", "created_at": AT}
    given: list[Any] = [{**shelf, "folder_id": f"f{at}", "name": f"N {at}"} for at in range(101)]
    given += [7, {**shelf, "folder_id": "x", "colour": "pink"}]
    given += [{**shelf, "folder_id": "y", "name": "z" * 65}]
    count = carrying.put_in(sqlite, ANN, file_of(chat(message(1), folder="f100"), folders=given))
    assert (count.added, count.skipped_count) == (1, 4)
    (found,) = taken_out(sqlite, ANN)["sessions"]
    assert found["folder"] is None


def test_folders_of_old_files_were_names(sqlite: Database) -> None:
    chats = [chat(message(1), session_id=f"c{at}", folder="Wörk") for at in range(2)]
    carrying.put_in(sqlite, ANN, {"sessions": chats})
    found = taken_out(sqlite, ANN)
    assert [one["name"] for one in found["folders"]] == ["Wörk"]
    assert {one["folder"] for one in found["sessions"]} == {found["folders"][0]["folder_id"]}


def test_what_was_chosen_here_stays(sqlite: Database) -> None:
    with sqlite.transaction() as db:
        place = make(db, title="First")
        exchange(db, place)
        preferences.keep(db, user_id=ANN, name=preferences.OPEN_LAST_CHAT, value=True)
    whole = taken_out(sqlite, ANN)
    with sqlite.transaction() as db:
        folders.create(db, user_id=ANN, new=NewFolder("New"), folder_id="new")
        sessions.change(db, place, title="Second", folder="new", tags=["mine"])
        preferences.keep(db, user_id=ANN, name=preferences.OPEN_LAST_CHAT, value=False)
        messages.delete(db, place, message_id=2)
    edited = taken_out(sqlite, ANN)
    assert carrying.put_in(sqlite, ANN, whole).added == 0
    assert taken_out(sqlite, ANN) | {"exported_at": 0} == edited | {"exported_at": 0}
    odd = {"open_last_chat": "yes", "other": 1}
    carrying.put_in(sqlite, BOB, file_of(preferences=odd))
    assert taken_out(sqlite, BOB)["preferences"] == {}


def test_nothing_is_put_below_what_lies_in_the_trash(database: Database) -> None:
    early = chat(message(1), message(2, 1), profiles=[{**RESULT, "handle": "a"}])
    late = chat(*early["messages"], message(3, 2), message(4, 3), message(5, 1), active_leaf_id=4)
    key = SessionKey(ANN, "c")
    carrying.put_in(database, ANN, file_of(early))
    with database.transaction() as db:
        messages.delete(db, key, message_id=2)
    count = carrying.put_in(database, ANN, file_of(late))
    assert (count.added, count.unchanged) == (1, 2)
    assert ["in the trash here" in one.why for one in count.skipped] == [True, True]
    with database.transaction() as db:
        assert sessions.get(db, key).active_leaf_id == 5
        assert profiles.count(db, key) == 1
        clearing.clear(db, key)
    assert carrying.put_in(database, ANN, file_of(early)).skipped == []
    with database.transaction() as db:
        assert (profiles.count(db, key), sessions.get(db, key).message_count) == (0, 0)
        clearing.restore(db, key)
        assert (profiles.count(db, key), sessions.get(db, key).message_count) == (1, 2)


RESULT = {"source": "x", "handle": "h", "result": {"a": 1}, "created_at": AT}


def test_results_come_wherever_they_stand_and_as_many_as_may(
    sqlite: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(arrivals, "BATCH", 20)
    results = [{**RESULT, "handle": f"h{at}"} for at in range(profiles.PROFILES_MAX + 1)]
    found = chat(*(message(at, at - 1 or None) for at in range(1, 60)))
    first = {name: value for name, value in found.items() if name != "messages"}
    whole = {**first, "profiles": results, "messages": found["messages"]}
    count = carrying.put_in(sqlite, ANN, file_of(whole))
    assert (count.added, count.skipped_count) == (59, 1)
    (made,) = taken_out(sqlite, ANN)["sessions"]
    assert (len(made["profiles"]), made["active_leaf_id"]) == (profiles.PROFILES_MAX, 59)


def test_one_that_was_cut_off_is_whole_after_the_same_file_again(
    sqlite: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Wherever it was, also between two transactions of one chat."""
    monkeypatch.setattr(arrivals, "BATCH", 12)
    sums = {"prompt_tokens": 7, "completion_tokens": 8, "cost": 0.125}
    branch = [message(at, at - 1 or None, prompt_tokens=3) for at in range(1, 8)]
    chats = [
        chat(*branch, session_id=f"c{at}", active_leaf_id=5, profiles=[RESULT], **sums)
        for at in range(2)
    ]
    data = json.dumps(file_of(*chats)).encode()
    carrying.put_in(sqlite, BOB, data)
    wanted = taken_out(sqlite, BOB)["sessions"]
    pieces = list(own_format.read(io.BytesIO(data)))
    for cut in range(1, len(pieces)):
        arriving = Arriving(ANN, lambda: _opening(sqlite), carrying.ALL)
        for piece in pieces[:cut]:
            arriving.take(piece)
        carrying.put_in(sqlite, ANN, data)
        assert taken_out(sqlite, ANN)["sessions"] == wanted, cut
        with sqlite.transaction() as db:
            for one in chats:
                cleanup.purge(db, SessionKey(ANN, str(one["session_id"])))


def test_what_was_sent_comes_once_and_nobody_elses(sqlite: Database) -> None:
    prompt = "You are kind."
    name = fingerprint(prompt)
    first = Provenance({"said": [1]}, {name: prompt}).as_json()
    later = Provenance({"said": [2]}, {}, (name, "f" * 64)).as_json()
    sent = [message(2, provenance=first), message(4, 2, provenance=later)]
    carrying.put_in(sqlite, ANN, file_of(chat(*sent)))
    with sqlite.reading() as db:
        for id_ in (2, 4):
            kept = provenance.of(db, SessionKey(ANN, "c"), message_id=id_)
            assert kept is not None
            assert kept.texts == {name: prompt}
    text = json.dumps(taken_out(sqlite, ANN))
    assert text.count(prompt) == 1
    carrying.put_in(sqlite, BOB, file_of(chat(sent[1] | {"parent_id": None})))
    with sqlite.reading() as db:
        kept = provenance.of(db, SessionKey(BOB, "c"), message_id=4)
        assert kept is not None
        assert kept.texts == {}
        assert provenance.named_messages(db, SessionKey(BOB, "c"), [-1, 0, 2**40, 10**30]) == {}
        far = {"leaf_id": 10**30, "most": 10**30}
        assert provenance.said_above(db, SessionKey(BOB, "c"), **far) == []


def test_times_are_such_that_every_zone_has_them(sqlite: Database) -> None:
    ends = {"created_at": "0001-01-01T00:00:00Z", "last_activity_at": "9999-12-31T23:59:59Z"}
    carrying.put_in(sqlite, ANN, file_of(chat(message(1, **{"created_at": 1e20}), **ends)))
    (found,) = taken_out(sqlite, ANN)["sessions"]
    for name in ends:
        for hours in (-23, 23):
            moment = datetime.fromisoformat(found[name])
            assert moment.astimezone(timezone(timedelta(hours=hours)))
