from __future__ import annotations

import json
import threading
from datetime import UTC, datetime, timedelta, timezone

import pytest
from sqlmodel import Session

from store import sessions
from store.database import Database
from store.errors import Refused, SessionNotFound
from store.sessions import CHANGEABLE
from store.values import SessionSummary
from tests.store.samples import ANN, BOB, NOON, chain, exchange, make, statements


def listed(db: Session, query: str = "", **more: object) -> list[str]:
    found = sessions.recent(db, user_id=ANN, query=query, **more)  # type: ignore[arg-type]
    return [session.session_id for session in found]


def test_a_new_session_is_empty_and_has_an_id(db: Session) -> None:
    session, made = sessions.create(db, user_id=ANN, now=NOON)
    assert made
    assert len(session.session_id) == 32
    assert (session.title, session.title_source, session.preview) == ("", "auto", "")
    assert (session.message_count, session.active_leaf_id, session.version) == (0, None, 1)
    assert (session.parameters, session.context, session.metadata) == ({}, {}, {})
    assert (session.is_active, session.pinned) == (True, False)
    assert session.created_at == session.last_activity_at == NOON
    assert sessions.get(db, user_id=ANN, session_id=session.session_id) == session


def test_a_session_with_a_stored_id_is_returned_unchanged(db: Session) -> None:
    first, _ = sessions.create(db, user_id=ANN, session_id="mine", title="One")
    again, made = sessions.create(db, user_id=ANN, session_id="mine", title="Two", model="m")
    assert not made
    assert again == first


def test_two_users_may_use_the_same_id(db: Session) -> None:
    sessions.create(db, user_id=ANN, session_id="same", title="Ann's")
    sessions.create(db, user_id=BOB, session_id="same", title="Bob's")
    sessions.trash(db, user_id=BOB, session_id="same")
    assert sessions.get(db, user_id=ANN, session_id="same").title == "Ann's"


def test_an_id_in_the_trash_is_not_used_again(db: Session) -> None:
    place = make(db, session_id="gone")
    sessions.trash(db, **place)
    with pytest.raises(Refused, match="trash"):
        sessions.create(db, **place)


def test_one_id_made_by_many_at_once_is_one_session(database: Database) -> None:
    together = threading.Barrier(4)
    results: list[bool] = []

    def run(title: str) -> None:
        together.wait()
        with database.transaction() as db:
            results.append(sessions.create(db, user_id=ANN, session_id="one", title=title)[1])

    threads = [threading.Thread(target=run, args=(f"t{n}",)) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(results) == [False, False, False, True]


@pytest.mark.parametrize("session_id", ["", "a b", "x" * 65, "../x", "a\n", "a\0", "\ud800"])
def test_a_malformed_id_is_refused_for_a_new_session(db: Session, session_id: str) -> None:
    with pytest.raises(Refused, match="malformed"):
        sessions.create(db, user_id=ANN, session_id=session_id)


@pytest.mark.parametrize("title", [" ", "x" * 201, "a\0", "\ud800"])
def test_a_title_that_cannot_be_is_refused_and_nothing_is_made(db: Session, title: str) -> None:
    with pytest.raises(Refused):
        sessions.create(db, user_id=ANN, title=title)
    assert listed(db) == []


def test_all_changeable_fields_can_be_given_and_changed(db: Session) -> None:
    fields: dict[str, object] = {
        "description": "long " * 100,
        "persona": "nurse",
        "model": "gpt",
        "parameters": {"temperature": 0.5, "system_prompt": "Sei höflich 🙂"},
        "folder": "work",
        "metadata": {"a": [1, None, "<b>"]},
        "context": {},
    }
    assert set(fields) == CHANGEABLE
    place = make(db, **fields)  # type: ignore[arg-type]
    session = sessions.get(db, **place)
    for name in CHANGEABLE:
        assert getattr(session, name) == fields[name]
    changed = sessions.change(db, **place, folder=None, parameters={}, persona="p")
    assert (changed.folder, changed.parameters, changed.persona) == (None, {}, "p")
    assert changed.description == fields["description"]
    assert changed.version == session.version + 1


@pytest.mark.parametrize("field", ["user_id_", "version", "title", "deleted_at", "next_number"])
def test_other_fields_cannot_be_changed(db: Session, field: str) -> None:
    place = make(db)
    with pytest.raises(Refused, match=field):
        sessions.change(db, **place, **{field: 7})


@pytest.mark.parametrize("field", ["persona", "model", "folder", "description"])
@pytest.mark.parametrize("bad", ["a\0", "\udfff"])
def test_fields_with_what_is_no_text_are_refused(db: Session, field: str, bad: str) -> None:
    place = make(db)
    with pytest.raises(Refused):
        sessions.change(db, **place, **{field: bad})


@pytest.mark.parametrize(("field", "limit"), [("persona", 64), ("model", 200), ("folder", 64)])
def test_a_field_has_the_same_limit_on_each_database(db: Session, field: str, limit: int) -> None:
    place = make(db)
    assert getattr(sessions.change(db, **place, **{field: "x" * limit}), field) == "x" * limit
    with pytest.raises(Refused, match=f"at most {limit}"):
        sessions.change(db, **place, **{field: "x" * (limit + 1)})


def test_a_title_by_the_model_never_replaces_the_users(db: Session) -> None:
    place = make(db)
    assert sessions.rename(db, **place, title="Model's", source="model").title == "Model's"
    assert sessions.rename(db, **place, title=" My \n own ").title == "My own"
    kept = sessions.rename(db, **place, title="Better", source="model")
    assert (kept.title, kept.title_source) == ("My own", "user")
    assert listed(db, "better") == []
    assert listed(db, "own") == [place["session_id"]]


def test_the_list_is_pinned_first_then_by_activity(db: Session) -> None:
    old, new, pinned, archived, gone = (
        make(db, session_id=name, now=NOON + timedelta(seconds=second))
        for second, name in enumerate(["old", "new", "pinned", "archived", "gone"])
    )
    sessions.pin(db, **pinned)
    sessions.archive(db, **archived)
    sessions.trash(db, **gone)
    make(db, user_id=BOB)
    assert listed(db) == ["pinned", "new", "old"]
    exchange(db, old)
    assert listed(db) == ["pinned", "old", "new"]
    assert listed(db, limit=2) == ["pinned", "old"]
    assert listed(db, limit=0) == []
    assert listed(db, archived=True) == ["archived"]
    assert set(listed(db, archived=None)) == {"pinned", "old", "new", "archived"}
    assert listed(db, trashed=True) == ["gone"]
    sessions.pin(db, **pinned, pinned=False)
    sessions.archive(db, **archived, archived=False)
    sessions.restore(db, **gone)
    assert listed(db) == ["old", "gone", "archived", "pinned", "new"]
    assert new["session_id"] == "new"


def test_trashed_sessions_are_only_there_for_restore(db: Session) -> None:
    place = make(db, title="T")
    sessions.trash(db, **place, now=NOON)
    for call in (sessions.get, sessions.trash, sessions.pin, sessions.archive, sessions.change):
        with pytest.raises(SessionNotFound):
            call(db, **place)
    assert sessions.get(db, **place, trashed=True).deleted_at == NOON
    assert sessions.restore(db, **place).deleted_at is None
    with pytest.raises(SessionNotFound):
        sessions.restore(db, **place)


def test_everything_of_one_user_can_be_trashed(db: Session) -> None:
    sessions.archive(db, **make(db))
    make(db)
    bobs = make(db, user_id=BOB)
    assert len(sessions.trash_all(db, user_id=ANN)) == 2
    assert sessions.trash_all(db, user_id=ANN) == []
    assert sessions.get(db, **bobs).deleted_at is None


def test_totals_are_of_the_user_and_without_the_trash(db: Session) -> None:
    empty = sessions.totals(db, user_id=ANN)
    assert (empty.sessions, empty.messages, empty.cost) == (0, 0, 0)
    first, second, bobs = make(db), make(db), make(db, user_id=BOB)
    for place in (first, second, bobs):
        exchange(db, place)
    sessions.archive(db, **first)
    sessions.trash(db, **second)
    total = sessions.totals(db, user_id=ANN)
    assert (total.sessions, total.archived, total.trashed, total.messages) == (1, 1, 1, 2)


@pytest.mark.parametrize(
    ("title", "query"),
    [
        ("Äpfel und Öl", "äPFEL"),
        ("äpfel", "ÄPFEL"),
        ("Straße", "STRASSE"),
        ("STRASSE", "straße"),
        ("ΣΊΣΥΦΟΣ", "σίσυφος"),
        ("ПРИВЕТ", "привет"),
        ("İstanbul", "İSTANBUL"),
        ("ılık", "ılık"),
        ("100% sure", "100%"),
        ("a_b", "a_b"),
        (r"C:\temp", r"c:\TEMP"),
        ("one/two", "/two"),
        ("'quoted\"", "'quoted\""),
        ("🙂 face", "🙂"),
        ("two words", "words two"),
        ("مرحبا", "مرحبا"),
    ],
)
def test_search_finds(db: Session, title: str, query: str) -> None:
    make(db, session_id="it", title=title)
    make(db, session_id="other", title="nothing of that")
    assert listed(db, query) == ["it"]


@pytest.mark.parametrize("query", ["%", "_", "\\", "/", "a%b", "two three", "\0", "\ud800", "ı"])
def test_search_takes_nothing_for_a_pattern(db: Session, query: str) -> None:
    make(db, title="a two b")
    assert listed(db, query) == []


@pytest.mark.parametrize("query", ["a" * 100_000, "a " * 5_000, "é" * 60_000])
def test_a_huge_search_finds_nothing_but_does_not_fail(db: Session, query: str) -> None:
    make(db, title="other")
    assert listed(db, query) == []


@pytest.mark.parametrize("query", ["", "  ", "\n\t"])
def test_an_empty_search_finds_all(db: Session, query: str) -> None:
    make(db, session_id="it", title="a two b")
    assert listed(db, query) == ["it"]


def test_search_looks_into_previews_and_follows_them(db: Session) -> None:
    place = make(db, title="Fixed")
    exchange(db, place, "about cats", "Ünlü dogs")
    assert listed(db, "ÜNLÜ fixed") == [place["session_id"]]
    exchange(db, place, "more", "birds")
    assert listed(db, "dogs") == []
    assert listed(db, "birds") == [place["session_id"]]
    sessions.rename(db, **place, title="Renamed")
    assert listed(db, "fixed") == []
    assert listed(db, "renamed birds") == [place["session_id"]]


def test_search_is_only_in_the_users_own(db: Session) -> None:
    make(db, user_id=BOB, title="secret")
    assert listed(db, "secret") == []


def test_times_are_aware_utc_whatever_zone_they_came_in(db: Session) -> None:
    moment = datetime(2024, 7, 1, 3, 30, 0, 123456, timezone(timedelta(hours=5, minutes=45)))
    session = sessions.get(db, **make(db, now=moment))
    assert session.created_at == moment
    assert session.created_at.tzinfo is UTC
    assert session.created_at.microsecond == 123456


def test_a_time_without_a_zone_is_refused(database: Database) -> None:
    naive = datetime(2024, 1, 1)  # noqa: DTZ001
    with pytest.raises(Exception, match="timezone"), database.transaction() as db:
        sessions.create(db, user_id=ANN, now=naive)


def test_the_list_is_one_query_of_one_table(database: Database) -> None:
    with database.transaction() as db:
        for number in range(50):
            place = make(db, title=f"Session {number}")
            if number % 10 == 0:
                chain(db, place, 20)
    with database.reading() as db, statements(database.engine) as seen:
        found = sessions.recent(db, user_id=ANN, limit=50)
    assert len(found) == 50
    assert len(seen) == 1
    assert "messages" not in seen[0]
    assert {type(session) for session in found} == {SessionSummary}


def test_a_list_of_sessions_has_no_settings_in_it(db: Session) -> None:
    make(db, parameters={"system_prompt": "secret"}, context={"a": 1})
    (summary,) = sessions.recent(db, user_id=ANN)
    assert "secret" not in repr(summary)
    assert "parameters" not in json.dumps(list(SessionSummary.__dataclass_fields__))
