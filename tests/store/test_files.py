"""Attached files: whose they are, which messages have them, and when they go."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import delete
from sqlmodel import Session

from store import all_files, cleanup, files, messages, sessions
from store.database import Database
from store.errors import FileNotHere, Refused
from store.file_values import ColumnInfo, FileDetails, TableInfo
from store.tables import users
from store.values import SessionKey
from tests.store.samples import ANN, BOB, NOON, add_file, asked, end, make, statements

TABLE = TableInfo("sales", (ColumnInfo("city", "VARCHAR"),), 3, (("Ulm",), (None,)))


def names(db: Session, place: SessionKey, message_id: int) -> list[str]:
    return [one.name for one in messages.get(db, place, message_id=message_id).files]


def test_the_same_bytes_are_one_file_of_each_user(db: Session) -> None:
    details = FileDetails(lines=3, tables=(TABLE,), notes=("A note.",))
    first = add_file(db, content="x", details=details)
    again = add_file(db, name="other.txt", content="x")
    hers = add_file(db, BOB, content="x")
    assert again == first
    assert hers.file_id != first.file_id
    assert files.get(db, user_id=ANN, file_id=first.file_id).details == details
    assert files.used_bytes(db, user_id=ANN) == 10
    with pytest.raises(FileNotHere):
        files.get(db, user_id=BOB, file_id=first.file_id)


def test_damaged_details_say_nothing() -> None:
    kept = {"lines": "3", "tables": [7, {"name": "a", "rows": True, "sample": [[1, None], 2]}]}
    found = FileDetails.of(kept)
    assert found == FileDetails(tables=(TableInfo("a", (), 0, (("1", None), ())),))
    assert FileDetails.of([1]) == FileDetails()


def test_they_are_listed_the_newest_first(db: Session) -> None:
    made = [add_file(db, name=f"{n}", now=NOON + timedelta(n)) for n in range(3)]
    add_file(db, BOB, "hers")
    assert [one.name for one in files.listed(db, user_id=ANN)] == ["2", "1", "0"]
    before = (made[2].created_at, made[2].file_id)
    page = files.listed(db, user_id=ANN, limit=1, before=before)
    assert [one.name for one in page] == ["1"]


def test_a_question_has_files_and_an_edit_has_them_too(db: Session) -> None:
    place, one, two = make(db), add_file(db, name="1"), add_file(db, name="2")
    pair = asked(db, place, "", file_ids=[two.file_id, one.file_id, two.file_id])
    assert [file.name for file in pair.question.files] == ["2", "1"]
    assert messages.get(db, place, message_id=pair.question.id) == pair.question
    assert sessions.get(db, place).title == "2, 1"
    end(db, place, pair.answer.id)
    same = asked(db, place, "Again", edit_of=pair.question.id).question
    less = asked(db, place, "Less", edit_of=pair.question.id, file_ids=[one.file_id]).question
    none = asked(db, place, "None", edit_of=pair.question.id, file_ids=[]).question
    assert [names(db, place, id_) for id_ in (same.id, less.id, none.id)] == [["2", "1"], ["1"], []]
    window = messages.window(db, place, leaf_id=pair.answer.id)
    assert [len(message.files) for message in window] == [2, 0]


def test_somebody_elses_file_is_not_there_and_nothing_is_sent(db: Session) -> None:
    place, hers = make(db), add_file(db, BOB)
    for file_id in (hers.file_id, "nonsense", "../x"):
        with pytest.raises(FileNotHere):
            asked(db, place, "Look", file_ids=[file_id])
    mine, ids = add_file(db), ["gone", "../x", hers.file_id, "gone"]
    with pytest.raises(FileNotHere) as refused:
        asked(db, place, "Look", file_ids=[mine.file_id, *ids])
    assert refused.value.message == f"There are no such files: gone, {hers.file_id}."
    assert sessions.get(db, place).message_count == 0
    with pytest.raises(Refused, match="3 files"):
        files.check_count(["a", "b", "c", "a"], 2)


def test_messages_without_files_cost_nothing(database: Database) -> None:
    with database.transaction() as db:
        place, file = make(db), add_file(db)
        pair = asked(db, place)
        end(db, place, pair.answer.id)
    with database.reading() as db, statements(database.engine) as without:
        messages.window(db, place, leaf_id=pair.answer.id)
    with database.transaction() as db:
        pair = asked(db, place, file_ids=[file.file_id])
    with database.reading() as db, statements(database.engine) as with_files:
        messages.window(db, place, leaf_id=pair.answer.id)
    assert len(with_files) == len(without) + 1


def test_a_file_goes_with_the_last_message_that_has_it(db: Session) -> None:
    one, other, file = make(db), make(db), add_file(db)
    for place in (one, other):
        asked(db, place, file_ids=[file.file_id])
    cleanup.purge(db, one)
    assert files.get(db, user_id=ANN, file_id=file.file_id) == file
    assert files.going(db) == []
    cleanup.purge(db, other)
    assert files.listed(db, user_id=ANN) == []
    assert files.going(db) == [file.sha256]
    assert not files.is_used(db, file.sha256 or "")
    files.went(db, [file.sha256 or ""])
    assert files.going(db) == []


def test_files_go_with_their_user_and_others_keep_theirs(db: Session) -> None:
    mine, hers = add_file(db, content="x"), add_file(db, BOB, content="x")
    asked(db, make(db), file_ids=[mine.file_id])
    db.execute(delete(users).where(users.c.id == ANN))
    assert files.listed(db, user_id=ANN) == []
    assert files.going(db) == [mine.sha256]
    assert files.is_used(db, hers.sha256 or "")


def test_a_removed_file_is_named_by_its_messages_still(db: Session) -> None:
    place, file, draft = make(db), add_file(db), add_file(db, name="draft")
    question = asked(db, place, file_ids=[file.file_id]).question
    for one in (file, draft):
        files.remove(db, user_id=ANN, file_id=one.file_id)
        with pytest.raises(FileNotHere):
            files.remove(db, user_id=ANN, file_id=one.file_id)
    (named,) = messages.get(db, place, message_id=question.id).files
    assert (named.name, named.sha256, bool(named.deleted_at)) == ("notes.txt", None, True)
    assert set(files.going(db)) == {file.sha256, draft.sha256}
    assert files.listed(db, user_id=ANN) == []
    assert files.used_bytes(db, user_id=ANN) == 0
    assert add_file(db).file_id != file.file_id
    cleanup.purge(db, place)


def test_what_nobody_sends_goes_after_a_while(db: Session) -> None:
    place, sent = make(db), add_file(db)
    asked(db, place, file_ids=[sent.file_id])
    old, new = add_file(db, name="old"), add_file(db, name="new", now=NOON + timedelta(2))
    found, last = all_files.unattached(db, before=NOON + timedelta(1))
    assert (found, last) == ([(ANN, old.file_id)], None)
    assert all_files.forget(db, [*found, (ANN, sent.file_id)], before=NOON + timedelta(1)) == 1
    assert {one.file_id for one in files.listed(db, user_id=ANN)} == {sent.file_id, new.file_id}
    assert files.going(db) == [old.sha256]


def test_files_of_a_branch_come_once_and_in_order(db: Session) -> None:
    place = make(db)
    first, second = add_file(db, name="a.csv"), add_file(db, name="b.csv")
    one = asked(db, place, file_ids=[first.file_id])
    end(db, place, one.answer.id)
    two = asked(db, place, file_ids=[second.file_id, first.file_id])
    end(db, place, two.answer.id)
    other = asked(db, place, "Otherwise", edit_of=two.question.id, file_ids=[])

    def of(leaf_id: int) -> list[str]:
        return [file.name for file in files.of_branch(db, place, leaf_id=leaf_id)]

    assert of(two.answer.id) == ["a.csv", "b.csv"]
    assert of(other.answer.id) == of(one.question.id) == ["a.csv"]
    files.remove(db, user_id=ANN, file_id=first.file_id)
    assert of(two.answer.id) == ["b.csv"]
