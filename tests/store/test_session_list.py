"""The list of sessions: its order, what a search finds, and what reading it costs."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
from sqlmodel import Session

from store import copies, messages, sessions
from store.database import Database
from store.errors import SessionNotFound
from store.marks import mark
from store.session_values import ListedSession
from store.values import SessionKey
from tests.store.samples import ANN, BOB, FREE, NOON, asked, chain, end, exchange, make, statements


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
    assert "content" not in seen[0]
    assert {type(session) for session in found} == {ListedSession}


def marks(db: Session, key: SessionKey) -> str:
    [row] = (one for one in sessions.recent(db, user_id=ANN) if one.session_id == key.session_id)
    named = {"answering": row.answering, "unread": row.unread, "bookmarked": row.bookmarked}
    return " ".join(name for name, has in named.items() if has)


def test_an_answer_is_unread_until_somebody_saw_it(db: Session) -> None:
    place, other = make(db), make(db)
    pair = asked(db, place)
    assert marks(db, place) == "answering"
    assert not sessions.note_seen(db, place)
    end(db, place, pair.answer.id)
    assert (marks(db, place), marks(db, other)) == ("unread", "")
    assert sessions.note_seen(db, place)
    assert not sessions.note_seen(db, place)
    assert marks(db, place) == ""
    exchange(db, place)
    assert marks(db, place) == "unread"
    copy = copies.duplicate(db, place, may=FREE)
    assert marks(db, SessionKey(ANN, copy.session_id)) == ""


def test_seeing_changes_no_version(db: Session) -> None:
    place = make(db)
    exchange(db, place)
    before = sessions.get(db, place)
    sessions.note_seen(db, place)
    assert sessions.get(db, place) == before
    with pytest.raises(SessionNotFound):
        sessions.note_seen(db, SessionKey(BOB, place.session_id))


def test_a_bookmark_marks_its_chat_as_long_as_it_is_there(db: Session) -> None:
    place, other = make(db), make(db)
    question, _ = exchange(db, place)
    sessions.note_seen(db, place)
    mark(db, place, message_id=question.id, bookmarked=True)
    assert (marks(db, place), marks(db, other)) == ("bookmarked", "")
    messages.delete(db, place, message_id=question.id)
    assert marks(db, place) == ""


def test_a_list_of_sessions_has_no_settings_in_it(db: Session) -> None:
    make(db, parameters={"system_prompt": "secret"})
    (summary,) = sessions.recent(db, user_id=ANN)
    assert "secret" not in repr(summary)
    assert "parameters" not in json.dumps(list(ListedSession.__dataclass_fields__))
