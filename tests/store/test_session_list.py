"""The list of sessions: its order, what a search finds, and what reading it costs."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
from sqlmodel import Session

from store import sessions
from store.database import Database
from store.session_values import SessionSummary
from tests.store.samples import ANN, BOB, NOON, chain, exchange, make, statements


def listed(db: Session, query: str = "", **more: object) -> list[str]:
    found = sessions.recent(db, user_id=ANN, query=query, **more)  # type: ignore[arg-type]
    return [session.session_id for session in found]


def test_the_list_is_pinned_first_then_by_activity(db: Session) -> None:
    old, new, pinned, archived, gone = (
        make(db, session_id=name, now=NOON + timedelta(seconds=second))
        for second, name in enumerate(["old", "new", "pinned", "archived", "gone"])
    )
    sessions.change(db, pinned, pinned=True)
    sessions.change(db, archived, archived=True)
    sessions.trash(db, gone)
    make(db, user_id=BOB)
    assert listed(db) == ["pinned", "new", "old"]
    exchange(db, old)
    assert listed(db) == ["pinned", "old", "new"]
    assert listed(db, limit=2) == ["pinned", "old"]
    assert listed(db, limit=0) == []
    assert listed(db, archived=True) == ["archived"]
    assert set(listed(db, archived=None)) == {"pinned", "old", "new", "archived"}
    assert listed(db, trashed=True) == ["gone"]
    sessions.change(db, pinned, pinned=False)
    sessions.change(db, archived, archived=False)
    sessions.restore(db, gone)
    assert listed(db) == ["old", "gone", "archived", "pinned", "new"]
    assert new.session_id == "new"


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
    assert listed(db, "ÜNLÜ fixed") == [place.session_id]
    exchange(db, place, "more", "birds")
    assert listed(db, "dogs") == []
    assert listed(db, "birds") == [place.session_id]
    sessions.change(db, place, title="Renamed")
    assert listed(db, "fixed") == []
    assert listed(db, "renamed birds") == [place.session_id]


def test_search_is_only_in_the_users_own(db: Session) -> None:
    make(db, user_id=BOB, title="secret")
    assert listed(db, "secret") == []


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
    make(db, parameters={"system_prompt": "secret"})
    (summary,) = sessions.recent(db, user_id=ANN)
    assert "secret" not in repr(summary)
    assert "parameters" not in json.dumps(list(SessionSummary.__dataclass_fields__))
