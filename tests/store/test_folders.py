"""Folders and tags: what may be said of them, whose they are, and which sessions a list has."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest
from sqlalchemy import insert, text
from sqlmodel import Session

from store import cleanup, copies, folders, migrations, sessions, tables, users
from store.database import Database
from store.errors import Conflict, FolderNotFound, Refused
from store.folders import FOLDERS_MAX, NewFolder
from store.values import SessionKey
from tests.store.samples import ANN, BOB, FREE, NOON, everything, exchange, make, make_folder


def names(db: Session, user_id: str = ANN) -> list[str]:
    """Those in another one behind a dash."""
    found = folders.listed(db, user_id=user_id)
    return [("- " if one.parent_id else "") + one.name for one in found]


def listed(db: Session, **chosen: object) -> set[str]:
    return {row.session_id for row in sessions.recent(db, user_id=ANN, **chosen)}  # type: ignore[arg-type]


def folder_of(db: Session, place: SessionKey) -> str | None:
    return sessions.get(db, place).folder


def test_folders_are_listed_by_name_each_with_those_in_it(db: Session) -> None:
    make_folder(db, "z", name="  Zoo \n trips ")
    make_folder(db, "a", name="äpfel")
    make_folder(db, "b", name="Work", colour="red", system_prompt="Be brief.")
    make_folder(db, "c", name="2024", parent_id="b")
    make_folder(db, "d", name="2023", parent_id="b")
    make_folder(db, "e", BOB, name="Of Bob")
    assert names(db) == ["Work", "- 2023", "- 2024", "Zoo trips", "äpfel"]
    found = folders.get(db, user_id=ANN, folder_id="b")
    assert (found.colour, found.system_prompt, found.parent_id) == ("red", "Be brief.", None)
    changed = folders.change(db, user_id=ANN, folder_id="b", name="Job", colour="blue")
    assert (changed.name, changed.colour, changed.system_prompt) == ("Job", "blue", "Be brief.")
    assert folders.get(db, user_id=ANN, folder_id="b") == changed


def test_a_folder_of_an_id_is_made_once(db: Session) -> None:
    first = folders.create(db, user_id=ANN, new=NewFolder("One"), folder_id="same")
    again = folders.create(db, user_id=ANN, new=NewFolder("Two"), folder_id="same")
    assert (first[1], again) == (True, (first[0], False))
    assert folders.create(db, user_id=BOB, new=NewFolder("Two"), folder_id="same")[1]


@pytest.mark.parametrize(
    ("said", "message"),
    [
        ({"name": " \n "}, "name is empty"),
        ({"name": "x" * 65}, "name is too long"),
        ({"name": "a\0"}, "not text"),
        ({"name": "\ud800"}, "not text"),
        ({"colour": "pink"}, "no such colour"),
        ({"system_prompt": "x" * 20_001}, "system prompt is too long"),
        ({"system_prompt": "\0"}, "not text"),
        ({"parent_id": "missing"}, "no such folder"),
        ({"parent_id": "of-bob"}, "no such folder"),
        ({"parent_id": "../x"}, "no such folder"),
        ({"parent_id": "inner"}, "has none in it"),
    ],
)
def test_what_cannot_be_said_of_a_folder(db: Session, said: dict[str, str], message: str) -> None:
    make_folder(db, "outer")
    make_folder(db, "inner", parent_id="outer")
    make_folder(db, "of-bob", BOB)
    make_folder(db, "it")
    before = everything(db)
    with pytest.raises(Refused, match=message):
        folders.create(db, user_id=ANN, new=NewFolder(**{"name": "New", **said}))  # type: ignore[arg-type]
    with pytest.raises(Refused, match=message):
        folders.change(db, user_id=ANN, folder_id="it", **said)  # type: ignore[arg-type]
    assert everything(db) == before


def test_a_folder_is_neither_in_itself_nor_two_deep(db: Session) -> None:
    make_folder(db, "outer")
    make_folder(db, "inner", parent_id="outer")
    make_folder(db, "other")
    for folder_id, parent_id in (("other", "other"), ("outer", "other"), ("outer", "inner")):
        with pytest.raises(Refused, match="has none in it"):
            folders.change(db, user_id=ANN, folder_id=folder_id, parent_id=parent_id)
    folders.change(db, user_id=ANN, folder_id="inner", parent_id="other")
    folders.change(db, user_id=ANN, folder_id="inner", parent_id=None)
    assert names(db) == ["inner", "other", "outer"]


def test_names_differ_beside_each_other_only(db: Session) -> None:
    make_folder(db, "one", name="Straße")
    make_folder(db, "two")
    make_folder(db, "three", name="STRASSE", parent_id="two")
    with pytest.raises(Conflict, match="already"):
        make_folder(db, "four", name="strasse ")
    with pytest.raises(Conflict):
        folders.change(db, user_id=ANN, folder_id="three", parent_id=None)
    assert folders.change(db, user_id=ANN, folder_id="one", name="STRASSE").name == "STRASSE"


def test_there_are_so_many_folders_at_most(db: Session) -> None:
    for number in range(FOLDERS_MAX):
        make_folder(db, f"f{number}")
    with pytest.raises(Refused, match="100 folders already"):
        make_folder(db, "one-more")
    make_folder(db, "of-bob", BOB)


def test_a_folder_that_goes_keeps_its_chats_and_folders(db: Session) -> None:
    make_folder(db, "outer", name="Work")
    make_folder(db, "inner", name="Home", parent_id="outer")
    make_folder(db, "home", name="Home")
    make_folder(db, "outer", BOB)
    inside, outside = make(db, folder="inner"), make(db, folder="outer")
    trashed, his = make(db, folder="inner"), make(db, BOB, folder="outer")
    sessions.trash(db, trashed)
    version = sessions.get(db, inside).version
    assert folders.count_chats(db, user_id=ANN, folder_id="inner") == 1
    folders.remove(db, user_id=ANN, folder_id="inner")
    assert folder_of(db, inside) == "outer"
    assert sessions.get(db, inside).version == version + 1
    assert sessions.restore(db, trashed).folder == "outer"
    make_folder(db, "again", name="Home", parent_id="outer")
    deep = make(db, folder="again")
    folders.remove(db, user_id=ANN, folder_id="outer")
    assert names(db) == ["Home", "Home (2)"]
    assert (folder_of(db, deep), folder_of(db, inside), folder_of(db, outside)) == (
        "again",
        None,
        None,
    )
    assert folder_of(db, his) == "outer"


@pytest.mark.parametrize("folder_id", ["missing", "of-bob", "", "%", "x\0", "\ud800", "x" * 65])
def test_only_ones_own_folders_are_there(db: Session, folder_id: str) -> None:
    make_folder(db, "of-bob", BOB, system_prompt="Secret")
    place = make(db)
    before = everything(db)
    for call in (folders.get, folders.remove, folders.count_chats):
        if call is not folders.count_chats:
            with pytest.raises(FolderNotFound):
                call(db, user_id=ANN, folder_id=folder_id)
    with pytest.raises(FolderNotFound):
        folders.change(db, user_id=ANN, folder_id=folder_id, name="Mine")
    with pytest.raises(Refused):
        sessions.change(db, place, folder=folder_id)
    with pytest.raises(Refused):
        make(db, folder=folder_id or "%")
    assert everything(db) == before


def test_what_folders_tell_models(db: Session) -> None:
    make_folder(db, "z-outer", system_prompt="First")
    make_folder(db, "a-inner", parent_id="z-outer", system_prompt="Then")
    make_folder(db, "silent", parent_id="z-outer", system_prompt="  ")
    make_folder(db, "z-outer", BOB, system_prompt="Of Bob")
    told = {
        name: folders.prompts(db, user_id=ANN, folder_id=name) for name in ("a-inner", "silent")
    }
    assert told == {"a-inner": ["First", "Then"], "silent": ["First"]}
    assert folders.prompts(db, user_id=ANN, folder_id="z-outer") == ["First"]
    assert folders.prompts(db, user_id=ANN, folder_id="gone") == []
    assert folders.prompts(db, user_id=ANN, folder_id=None) == []


def test_copies_are_in_the_same_order_and_nothing_is_left_of_what_goes(db: Session) -> None:
    make_folder(db, "work")
    place = make(db, folder="work", tags=["a", "b"])
    exchange(db, place)
    for copy in (
        copies.duplicate(db, place, may=FREE),
        copies.branch(db, place, message_id=1, may=FREE),
    ):
        assert (copy.folder, copy.tags) == ("work", ("a", "b"))
        cleanup.purge(db, SessionKey(ANN, copy.session_id))
    assert len(everything(db)["tags"]) == 2
    sessions.trash(db, place)
    cleanup.purge_trash(db, user_id=ANN)
    assert everything(db)["tags"] == []
    make_folder(db, "inner", parent_id="work")
    make(db, folder="inner", tags=["c"])
    users.remove(db, user_id=ANN)
    left = everything(db)
    assert (left["folders"], left["tags"]) == ([], [])


def test_who_takes_over_chats_takes_over_their_order(db: Session) -> None:
    make_folder(db, "work")
    make_folder(db, "inner", parent_id="work")
    make(db, session_id="it", folder="inner", tags=["a"])
    assert users.hand_over(db, user_id=ANN, to_user_id=BOB) == 1
    found = sessions.get(db, SessionKey(BOB, "it"))
    assert (found.folder, found.tags) == ("inner", ("a",))
    assert (names(db), names(db, BOB)) == ([], ["work", "- inner"])


def test_no_chat_goes_into_a_folder_that_goes(database: Database) -> None:
    """Somebody deletes it at the moment in which somebody else moves a chat there."""
    with database.transaction() as db:
        place = make(db)
        make_folder(db, "work")
    moved: list[object] = []

    def move() -> None:
        try:
            with database.transaction() as db:
                moved.append(sessions.change(db, place, folder="work"))
        except Refused as refused:
            moved.append(refused)

    with database.transaction() as db:
        folders.remove(db, user_id=ANN, folder_id="work")
        other = threading.Thread(target=move)
        other.start()
    other.join()
    assert [type(one) for one in moved] == [Refused]
    with database.reading() as db:
        assert folder_of(db, place) is None


def test_two_who_nest_at_once_nest_once(database: Database) -> None:
    with database.transaction() as db:
        for name in ("one", "two"):
            make_folder(db, name)

    def put(folder_id: str, parent_id: str) -> bool:
        try:
            with database.transaction() as db:
                folders.change(db, user_id=ANN, folder_id=folder_id, parent_id=parent_id)
        except Refused:
            return False
        return True

    with ThreadPoolExecutor(2) as pool:
        assert sorted(pool.map(put, ("one", "two"), ("two", "one"))) == [False, True]
    with database.reading() as db:
        assert len([name for name in names(db) if name.startswith("- ")]) == 1


def test_what_was_a_folders_name_becomes_a_folder(new_database_url: str) -> None:
    fresh = Database(new_database_url)
    said = {"s1": "Work", "s2": " work", "s3": "Home", "s4": None, "s5": "  "}
    with fresh.engine.begin() as connection:
        migrations._run(connection, "0010")
        for name in (ANN, BOB):
            user = {"id": name, "username": name, "created_at": NOON}
            connection.execute(insert(tables.users).values(**user))
        for session_id, folder in said.items():
            row = {"user_id": ANN, "session_id": session_id, "folder": folder}
            times = {"created_at": NOON, "last_activity_at": NOON}
            connection.execute(insert(tables.sessions).values(**row, **times))
        connection.execute(
            text(
                "INSERT INTO sessions (user_id, session_id, folder, created_at, last_activity_at) "
                "SELECT 'bob', session_id, folder, created_at, last_activity_at FROM sessions"
            )
        )
    fresh.open()
    with fresh.transaction() as db:
        assert names(db) == names(db, BOB) == ["Folder", "Home", "work"]
        by_name = {one.name: one.folder_id for one in folders.listed(db, user_id=ANN)}
        assert listed(db, folder=by_name["work"]) == {"s1", "s2"}
        assert listed(db, folder=by_name["Home"]) == {"s3"}
        assert listed(db, folder=by_name["Folder"]) == {"s5"}
        assert listed(db, folder="") == {"s4"}
        theirs = {one.folder_id for one in folders.listed(db, user_id=BOB)}
        assert theirs.isdisjoint(by_name.values())
        last = replace(NewFolder("One more"), parent_id=by_name["work"])
        assert folders.create(db, user_id=ANN, new=last)[1]
    fresh.close()
