from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta, timezone

import pytest
from sqlmodel import Session

from store import sessions
from store.database import Database
from store.errors import Refused, SessionNotFound
from store.session_values import NewSession, SessionChanges
from store.values import SessionKey
from tests.store.samples import ANN, BOB, FREE, NOON, exchange, make, make_folder


def listed(db: Session, query: str = "", **more: object) -> list[str]:
    found = sessions.recent(db, user_id=ANN, query=query, **more)  # type: ignore[arg-type]
    return [session.session_id for session in found]


def test_a_new_session_is_empty_and_has_an_id(db: Session) -> None:
    session, made = sessions.create(db, SessionKey.new(ANN), now=NOON, may=FREE)
    assert made
    assert len(session.session_id) == 32
    assert (session.title, session.title_source, session.preview) == ("", "auto", "")
    assert (session.message_count, session.active_leaf_id, session.version) == (0, None, 1)
    assert (session.parameters, session.context, session.metadata) == ({}, {}, {})
    assert (session.is_active, session.pinned) == (True, False)
    assert session.created_at == session.last_activity_at == NOON
    assert sessions.get(db, SessionKey(ANN, session.session_id)) == session


def test_a_session_with_a_stored_id_is_returned_unchanged(db: Session) -> None:
    first, _ = sessions.create(db, SessionKey(ANN, "mine"), NewSession(title="One"), may=FREE)
    again, made = sessions.create(
        db, SessionKey(ANN, "mine"), NewSession(title="Two", model="m"), may=FREE
    )
    assert not made
    assert again == first


def test_two_users_may_use_the_same_id(db: Session) -> None:
    sessions.create(db, SessionKey(ANN, "same"), NewSession(title="Ann's"), may=FREE)
    sessions.create(db, SessionKey(BOB, "same"), NewSession(title="Bob's"), may=FREE)
    sessions.trash(db, SessionKey(BOB, "same"))
    assert sessions.get(db, SessionKey(ANN, "same")).title == "Ann's"


def test_an_id_in_the_trash_is_not_used_again(db: Session) -> None:
    place = make(db, session_id="gone")
    sessions.trash(db, place)
    with pytest.raises(Refused, match="trash"):
        sessions.create(db, place, may=FREE)


def test_one_id_made_by_many_at_once_is_one_session(database: Database) -> None:
    together = threading.Barrier(4)
    results: list[bool] = []

    def run(title: str) -> None:
        together.wait()
        with database.transaction() as db:
            results.append(
                sessions.create(db, SessionKey(ANN, "one"), NewSession(title=title), may=FREE)[1]
            )

    threads = [threading.Thread(target=run, args=(f"t{n}",)) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(results) == [False, False, False, True]


@pytest.mark.parametrize("session_id", ["", "a b", "x" * 65, "../x", "a\n", "a\0", "\ud800"])
def test_a_malformed_id_is_refused_for_a_new_session(db: Session, session_id: str) -> None:
    with pytest.raises(Refused, match="malformed"):
        sessions.create(db, SessionKey(ANN, session_id), may=FREE)


@pytest.mark.parametrize("title", [" ", "x" * 201, "a\0", "\ud800"])
def test_a_title_that_cannot_be_is_refused_and_nothing_is_made(db: Session, title: str) -> None:
    with pytest.raises(Refused):
        sessions.create(db, SessionKey.new(ANN), NewSession(title=title), may=FREE)
    assert listed(db) == []


def test_all_changeable_fields_can_be_given_and_changed(db: Session) -> None:
    given: dict[str, object] = {
        "description": "long " * 100,
        "persona": "nurse",
        "model": "gpt",
        "parameters": {"temperature": 0.5, "system_prompt": "Sei höflich 🙂"},
        "metadata": {"a": [1, None, "<b>"]},
        "title": "Mine",
        "temporary": True,
        "folder": make_folder(db, "work"),
        "tags": ("bike", "zebra"),
    }
    assert set(given) == set(NewSession.__dataclass_fields__)
    session = sessions.get(db, make(db, **given))
    place = SessionKey(ANN, session.session_id)
    for name, value in given.items():
        assert getattr(session, name) == value
    other = {"pinned": True, "is_active": False, "expires_at": NOON}
    other["allowed_tools"] = ["example.com"]
    assert {*given, *other, "archived"} == set(SessionChanges.__annotations__)
    changed = sessions.change(db, place, **other, archived=True)  # type: ignore[typeddict-item]
    for name, value in {**given, **other}.items():
        assert getattr(changed, name) == value
    assert changed.archived_at is not None
    back = sessions.change(db, place, folder=None, parameters={}, archived=False, expires_at=None)
    assert (back.folder, back.parameters, back.archived_at, back.expires_at) == (
        None,
        {},
        None,
        None,
    )
    assert (back.description, back.version) == (given["description"], changed.version + 1)


@pytest.mark.parametrize("field", ["user_id_", "version", "context", "deleted_at", "next_number"])
def test_other_fields_cannot_be_changed(db: Session, field: str) -> None:
    place = make(db)
    with pytest.raises(Refused, match=field):
        sessions.change(db, place, **{field: 7})  # type: ignore[misc]


@pytest.mark.parametrize(
    ("field", "bad"),
    [
        ("metadata", {"a": "x" * 20_000}),
        ("metadata", {"a": float("nan")}),
        ("metadata", {"a": "\0"}),
        ("parameters", {"system_prompt": "x" * 20_001}),
        ("expires_at", datetime(2024, 1, 1)),  # noqa: DTZ001
        ("persona", ""),
        ("folder", ""),
    ],
)
def test_a_value_that_breaks_its_fields_rule_is_refused(
    db: Session, field: str, bad: object
) -> None:
    place = make(db)
    with pytest.raises(Refused):
        sessions.change(db, place, **{field: bad})  # type: ignore[misc]


@pytest.mark.parametrize("field", ["persona", "model", "folder", "description"])
@pytest.mark.parametrize("bad", ["a\0", "\udfff"])
def test_fields_with_what_is_no_text_are_refused(db: Session, field: str, bad: str) -> None:
    place = make(db)
    with pytest.raises(Refused):
        sessions.change(db, place, **{field: bad})


@pytest.mark.parametrize(("field", "limit"), [("persona", 64), ("model", 200), ("folder", 64)])
def test_a_field_has_the_same_limit_on_each_database(db: Session, field: str, limit: int) -> None:
    place = make(db)
    make_folder(db, "x" * 64)
    assert getattr(sessions.change(db, place, **{field: "x" * limit}), field) == "x" * limit
    with pytest.raises(Refused, match=f"at most {limit}"):
        sessions.change(db, place, **{field: "x" * (limit + 1)})


def test_a_title_by_the_model_never_replaces_the_users(db: Session) -> None:
    place = make(db)
    sessions.suggest_title(db, place, title="Model's")
    assert sessions.get(db, place).title == "Model's"
    assert sessions.change(db, place, title=" My \n own ").title == "My own"
    sessions.suggest_title(db, place, title="Better")
    kept = sessions.get(db, place)
    assert (kept.title, kept.title_source) == ("My own", "user")
    assert listed(db, "better") == []
    assert listed(db, "own") == [place.session_id]


def test_trashed_sessions_are_only_there_for_restore(db: Session) -> None:
    place = make(db, title="T")
    sessions.trash(db, place, now=NOON)
    for call in (sessions.get, sessions.trash, sessions.change):
        with pytest.raises(SessionNotFound):
            call(db, place)
    assert sessions.get(db, place, trashed=True).deleted_at == NOON
    assert sessions.restore(db, place).deleted_at is None
    with pytest.raises(SessionNotFound):
        sessions.restore(db, place)


def test_everything_of_one_user_can_be_trashed(db: Session) -> None:
    sessions.change(db, make(db), archived=True)
    make(db)
    bobs = make(db, user_id=BOB)
    assert len(sessions.trash_all(db, user_id=ANN)) == 2
    assert sessions.trash_all(db, user_id=ANN) == []
    assert sessions.get(db, bobs).deleted_at is None


def test_totals_are_of_the_user_and_without_the_trash(db: Session) -> None:
    empty = sessions.totals(db, user_id=ANN)
    assert (empty.sessions, empty.messages, empty.cost) == (0, 0, 0)
    first, second, bobs = make(db), make(db), make(db, user_id=BOB)
    for place in (first, second, bobs):
        exchange(db, place)
    sessions.change(db, first, archived=True)
    sessions.trash(db, second)
    total = sessions.totals(db, user_id=ANN)
    assert (total.sessions, total.archived, total.trashed, total.messages) == (1, 1, 1, 2)


def test_times_are_aware_utc_whatever_zone_they_came_in(db: Session) -> None:
    moment = datetime(2024, 7, 1, 3, 30, 0, 123456, timezone(timedelta(hours=5, minutes=45)))
    session = sessions.get(db, make(db, now=moment))
    assert session.created_at == moment
    assert session.created_at.tzinfo is UTC
    assert session.created_at.microsecond == 123456


def test_a_time_without_a_zone_is_refused(database: Database) -> None:
    naive = datetime(2024, 1, 1)  # noqa: DTZ001
    with pytest.raises(Exception, match="timezone"), database.transaction() as db:
        sessions.create(db, SessionKey.new(ANN), now=naive, may=FREE)
