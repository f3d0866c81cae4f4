"""Files and computed results go wherever their messages go, and go for good with them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy import update
from sqlmodel import Session

from store import (
    cleanup,
    clearing,
    copies,
    files,
    messages,
    search,
    search_files,
    search_index,
    sessions,
    tables,
    users,
)
from store.database import Database
from store.file_values import FileDetails, StoredFile, TableInfo
from store.search_query import parse
from store.values import Message, SessionKey
from tests.store.samples import (
    ANN,
    BOB,
    FREE,
    NOON,
    add_file,
    add_result,
    answered_again,
    asked,
    end,
    make,
    statements,
)

DAY = timedelta(days=1)
Removal = Callable[[Session, SessionKey], object]


def filled(db: Session, user_id: str = ANN) -> tuple[SessionKey, StoredFile]:
    """A question with a file, and an answer with two results."""
    place, file = make(db, user_id), add_file(db, user_id)
    pair = asked(db, place, "Look", file_ids=[file.file_id])
    add_result(db, place, pair.answer.id)
    add_result(db, place, pair.answer.id, kind="chart")
    end(db, place, pair.answer.id)
    return place, file


def parts(db: Session, place: SessionKey) -> list[tuple[object, ...]]:
    """What the messages on screen have, and say that they have."""
    leaf_id = sessions.get(db, place).active_leaf_id
    return [_parts(one) for one in messages.window(db, place, leaf_id=leaf_id)]


def _parts(one: Message) -> tuple[object, ...]:
    named = [(file.file_id, file.name, bool(file.deleted_at)) for file in one.files]
    computed = [(result.result_id, result.number, result.kind) for result in one.results]
    return named, computed, one.file_count, one.result_count


def test_copies_have_them_and_the_files_stay_for_the_last(db: Session) -> None:
    place, file = filled(db)
    before = parts(db, place)
    assert before[0][2:] == (1, 0)
    assert before[1][2:] == (0, 2)
    whole = copies.duplicate(db, place, may=FREE)
    branch = copies.branch(db, place, message_id=1, may=FREE)
    copied = [SessionKey(ANN, one.session_id) for one in (whole, branch)]
    assert parts(db, copied[0]) == before
    assert parts(db, copied[1]) == before[:1]
    for one in (place, copied[0]):
        cleanup.purge(db, one)
        assert files.get(db, user_id=ANN, file_id=file.file_id) == file
    assert parts(db, copied[1]) == before[:1]
    cleanup.purge(db, copied[1])
    assert files.going(db) == [file.sha256]


def test_a_removed_file_is_named_in_copies_too(db: Session) -> None:
    place, file = filled(db)
    files.remove(db, user_id=ANN, file_id=file.file_id)
    copy = copies.duplicate(db, place, may=FREE)
    assert parts(db, SessionKey(ANN, copy.session_id)) == parts(db, place)
    cleanup.purge(db, place)
    assert parts(db, SessionKey(ANN, copy.session_id))[0][0] == [(file.file_id, "notes.txt", True)]


def test_a_continued_answer_begins_with_its_results_and_another_has_none(db: Session) -> None:
    place, _ = filled(db)
    before = parts(db, place)
    again = answered_again(db, place, message_id=2)
    assert _parts(again)[1:] == ([], 0, 0)
    end(db, place, again.id, "half", status="stopped")
    add_result(db, place, again.id)
    goes_on = answered_again(db, place, message_id=again.id, continued=True)
    assert goes_on == messages.get(db, place, message_id=goes_on.id)
    assert [one.kind for one in goes_on.results] == ["table"]
    more = add_result(db, place, goes_on.id)
    assert more.number == 2
    messages.select_version(db, place, message_id=2)
    assert parts(db, place) == before


def test_what_is_cleared_or_deleted_comes_back_with_them(db: Session) -> None:
    place, _ = filled(db)
    before = parts(db, place)
    clearing.clear(db, place)
    assert (parts(db, place), files.going(db)) == ([], [])
    clearing.restore(db, place)
    assert parts(db, place) == before
    messages.delete(db, place, message_id=1)
    messages.restore(db, place, message_id=1)
    assert parts(db, place) == before
    sessions.trash(db, place)
    sessions.restore(db, place)
    assert parts(db, place) == before


def _trashed_message(db: Session, place: SessionKey) -> None:
    messages.delete(db, place, message_id=1, now=NOON)
    _remove_due(db)


def _cleared(db: Session, place: SessionKey) -> None:
    clearing.clear(db, place, now=NOON)
    _remove_due(db)


def _emptied(db: Session, place: SessionKey) -> None:
    sessions.trash(db, place)
    cleanup.purge_trash(db, user_id=ANN)


def _temporary(db: Session, place: SessionKey) -> None:
    sessions.change(db, place, temporary=True)
    cleanup.remove_temporary(db, place)


def _remove_due(db: Session) -> None:
    due = cleanup.due(db, deleted_before=NOON + DAY, unused_before=None, only_guests=False)
    cleanup.remove_due(db, due, now=NOON + DAY)


def _user(db: Session, _: SessionKey) -> None:
    users.remove(db, user_id=ANN)


def _guest(db: Session, place: SessionKey) -> None:
    """Who has nothing but a file that no message has."""
    cleanup.purge(db, place)
    files.went(db, files.going(db))
    add_file(db)
    db.execute(update(tables.users).where(tables.users.c.id == ANN).values(role="guest"))
    users.remove_stale_guests(db, before=NOON + DAY)


@pytest.mark.parametrize(
    "remove", [cleanup.purge, _trashed_message, _cleared, _emptied, _temporary, _user, _guest]
)
def test_they_go_for_good_with_what_is_removed_and_somebody_elses_stay(
    db: Session, remove: Removal
) -> None:
    place, file = filled(db)
    hers, same = filled(db, BOB)
    before = parts(db, hers)
    assert same.sha256 == file.sha256
    remove(db, place)
    assert files.listed(db, user_id=ANN) == []
    assert files.going(db) == [file.sha256], "to be looked at"
    assert files.is_used(db, same.sha256 or ""), "and found to be Bob's still"
    assert parts(db, hers) == before


def test_whoever_takes_over_has_them(db: Session) -> None:
    place, _ = filled(db)
    draft = add_file(db, name="draft")
    before = parts(db, place)
    users.hand_over(db, user_id=ANN, to_user_id=BOB)
    assert parts(db, SessionKey(BOB, place.session_id)) == before
    assert files.listed(db, user_id=ANN) == []
    assert draft in files.listed(db, user_id=BOB)
    assert all(files.is_used(db, one) for one in files.going(db))


def found(db: Session, words: str, user_id: str = ANN, **where: bool) -> list[str]:
    """The excerpts of what a search finds."""
    within = search.Within(has_files=where.get("has_files"))
    hits = search.find(db, user_id=user_id, query=parse(words), within=within)
    return [hit.excerpt for hit in hits.hits]


def test_messages_are_found_by_the_names_of_their_files_and_tables(db: Session) -> None:
    place = make(db, title="Chat")
    table = TableInfo("Umsatz", (), 3)
    file = add_file(db, name="berlin-2024.xlsx", details=FileDetails(tables=(table,)))
    pair = asked(db, place, "", file_ids=[file.file_id])
    end(db, place, pair.answer.id)
    asked(db, place, "Words of mine", edit_of=pair.question.id)
    assert found(db, "umsatz words") == ["Words of mine berlin-2024.xlsx Umsatz"]
    assert len(found(db, "berlin")) == 2
    search_index.rebuilt(db, [place])
    search_files.named(db, place)
    copies.duplicate(db, place, may=FREE)
    assert len(found(db, "umsatz")) == 4
    assert len(found(db, "umsatz", has_files=True)) == 4
    assert found(db, "umsatz", has_files=False) == []
    assert found(db, "umsatz", BOB) == []


def test_lists_and_search_tell_chats_with_files(db: Session) -> None:
    place, _ = filled(db)
    make(db, title="Nothing in it")
    listed = {one.session_id: one.files for one in sessions.recent(db, user_id=ANN)}
    assert [listed.pop(place.session_id), *listed.values()] == [True, False]
    for wanted in (True, False):
        found = sessions.recent(db, user_id=ANN, has_files=wanted)
        assert [one.session_id == place.session_id for one in found] == [wanted]
    messages.delete(db, place, message_id=1)
    assert sessions.recent(db, user_id=ANN, has_files=True) == []


def test_hits_with_files_cost_as_many_queries_as_one(database: Database) -> None:
    counts = []
    for many in (1, 20):
        with database.transaction() as db:
            for _ in range(many):
                asked(db, make(db), file_ids=[add_file(db, name="zebra.csv").file_id])
        with database.reading() as db, statements(database.engine) as seen:
            hits = search.find(db, user_id=ANN, query=parse("zebra"), limit=20).hits
        assert {hit.excerpt for hit in hits} == {"Hi zebra.csv"}
        counts.append(len(seen))
    assert counts[0] == counts[1]
