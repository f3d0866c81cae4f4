from __future__ import annotations

import re
from datetime import timedelta

import pytest
from sqlalchemy import update
from sqlmodel import Session

from store import messages, search, session_locks, sessions
from store.database import Database
from store.search import Hit, excerpt, find
from store.tables import messages as table
from store.tables import sessions as sessions_table
from store.values import SessionKey
from tests.store.samples import ANN, BOB, NOON, asked, chain, exchange, make
from tests.store.test_plans import most_rows, plans


def found(db: Session, query: str, limit: int = 10, user_id: str = ANN) -> list[Hit]:
    return find(db, user_id=user_id, query=query, limit=limit)


def at(db: Session, place: SessionKey, minutes: int) -> None:
    """Give all messages of a session one time."""
    moment = NOON + timedelta(minutes=minutes)
    db.execute(
        update(table)
        .where(table.c.user_id == place.user_id, table.c.session_id == place.session_id)
        .values(created_at=moment)
    )
    db.execute(
        update(sessions_table)
        .where(*session_locks.owned(place))
        .values(last_activity_at=moment, preview="")
    )


def test_a_message_is_found_with_all_that_tells_where_it_is(db: Session) -> None:
    place = make(db, title="Phones")
    question, _ = exchange(db, place, "My battery is dead", "Buy another one.")
    assert found(db, "dead battery") == [
        Hit(
            place.session_id,
            "Phones",
            "My battery is dead",
            "user",
            question.created_at,
            question.id,
        )
    ]
    (hit,) = found(db, "ANOTHER")
    assert hit.role == "assistant"


def test_all_words_must_be_there(db: Session) -> None:
    exchange(db, make(db), "My battery is dead")
    assert found(db, "battery screen") == []
    assert len(found(db, "batt DEAD")) == 1


@pytest.mark.parametrize(
    ("content", "query"),
    [
        ("Überraschung im Café", "überraschung CAFÉ"),
        ("ÜBERRASCHUNG", "überraschung"),
        ("Die Straße", "STRASSE"),
        ("DIE STRASSE", "straße"),
        ("Καλημέρα κόσμε", "ΚΌΣΜΕ"),
        ("привет МИР", "Мир ПРИВЕТ"),
        ("電池が切れた", "電池"),
        ("\u212a is Kelvin", "k kelvin"),
        ("emoji 🔋 battery", "🔋"),
        ("naïve Battery", "battery"),
    ],
)
def test_letters_of_all_scripts_are_folded(db: Session, content: str, query: str) -> None:
    exchange(db, make(db), content, "Nothing.")
    assert len(found(db, query)) == 1


@pytest.mark.parametrize("query", ["%", "_", "\\", "/", "100%", "a_b", "c\\d", "e/f", "'", '"'])
def test_signs_are_taken_as_they_are(db: Session, query: str) -> None:
    exchange(db, make(db, title="Words and more"), "Nothing like that", "No; aXb, 1000.")
    assert found(db, query) == []
    exchange(db, make(db), f"here: {query}!", "No.")
    assert len(found(db, query)) == 1


@pytest.mark.parametrize("query", ["", "  ", "\n"])
def test_without_words_nothing_is_found(db: Session, query: str) -> None:
    exchange(db, make(db))
    assert found(db, query) == []


@pytest.mark.parametrize("query", ["\0", "\ud800", "x" * 100_000, "a " * 5000])
def test_odd_queries_do_not_fail(db: Session, query: str) -> None:
    exchange(db, make(db), "Hi", "Hello")
    assert found(db, query) == []


def test_a_chat_is_found_by_its_title(db: Session) -> None:
    place = make(db, title="Größere Akkus")
    make(db, title="Other")
    (hit,) = found(db, "AKKUS größere")
    assert (hit.session_id, hit.title, hit.role) == (place.session_id, "Größere Akkus", "title")
    assert hit.excerpt == "Größere Akkus"
    assert hit.message_id is None


def test_a_chat_is_not_named_again_when_its_messages_are(db: Session) -> None:
    place = make(db, title="Battery")
    exchange(db, place, "My battery is dead", "Oh.")
    make(db, title="Battery")
    assert [hit.role for hit in found(db, "battery")] == ["title", "user"]


def test_a_preview_alone_is_no_title(db: Session) -> None:
    exchange(db, make(db, title="Phones"), "Batteries are dead", "Oh.")
    assert [hit.role for hit in found(db, "batteries")] == ["user"]


def test_the_newest_comes_first_and_no_more_than_asked_for(db: Session) -> None:
    for minutes in (3, 1, 5, 2, 4):
        place = make(db, title=f"Chat {minutes}")
        exchange(db, place, "battery", "Oh.")
        at(db, place, minutes)
    titled = make(db, title="Battery")
    at(db, titled, 10)
    assert [hit.title for hit in found(db, "battery", 4)] == [
        "Battery",
        "Chat 5",
        "Chat 4",
        "Chat 3",
    ]
    assert len(found(db, "battery", 1)) == 1
    assert found(db, "battery", 0) == []


def test_what_is_in_the_trash_is_not_found(db: Session) -> None:
    trashed = make(db, title="Battery one")
    exchange(db, trashed, "battery")
    sessions.trash(db, trashed)
    place = make(db)
    question, _ = exchange(db, place, "battery", "battery too")
    sessions.change(db, place, title="Other")
    messages.delete(db, place, message_id=question.id)
    assert found(db, "battery") == []


def test_archived_chats_and_answers_in_the_making_are_found(db: Session) -> None:
    place = make(db)
    exchange(db, place, "battery", "Oh.")
    sessions.change(db, place, archived=True)
    asked(db, make(db), "battery")
    assert len(found(db, "battery")) == 2


def test_nothing_of_others_is_found(db: Session) -> None:
    exchange(db, make(db, title="Battery secret"), "battery secret", "secret")
    exchange(db, make(db, BOB, session_id="same"), "his", "own")
    exchange(db, make(db, session_id="same"), "battery secret of the same id", "secret")
    for user_id in (BOB, "nobody", "%", "ann' --", ""):
        assert found(db, "secret", user_id=user_id) == []
        assert found(db, "battery", user_id=user_id) == []


def test_the_candidates_are_bounded(db: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(search, "CANDIDATES", 60)
    place = make(db)
    chain(db, place, 200)
    assert len(found(db, "text", 1000)) == 60


def test_many_are_found_a_few_at_a_time(db: Session) -> None:
    place = make(db)
    chain(db, place, 200)
    db.execute(update(table).where(table.c.id % 3 == 0).values(content="ünlike"))
    numbers = [hit.message_id for hit in found(db, "text", 90)]
    assert numbers == [n for n in range(200, 0, -1) if n % 3][:90]


@pytest.mark.parametrize(
    ("text", "word", "expected"),
    [
        ("short", "short", "short"),
        ("a" * 10 + "\n\n b", "b", "aaaaaaaaaa b"),
        ("word " * 100 + "needle in hay", "needle", "…" + "word " * 11 + "needle in hay"),
        ("ß " * 300 + "needle", "needle", "…" + "ß " * 29 + "needle"),
    ],
)
def test_the_excerpt_is_around_the_word(text: str, word: str, expected: str) -> None:
    assert excerpt(text, word) == expected


def test_the_excerpt_of_a_long_text_is_short() -> None:
    text = excerpt("word " * 1000 + "needle" + " word" * 1000, "needle")
    assert "needle" in text
    assert text.startswith("…word")
    assert text.endswith("word…")
    assert len(text) <= 201
    assert len(excerpt("x" * 5000 + "needle" + "x" * 5000, "needle")) <= 201
    assert "needle" in excerpt("x" * 5000 + "needle" + "x" * 5000, "needle")


def test_the_search_stays_with_its_owner(database: Database) -> None:
    with database.transaction() as db:
        place = make(db)
        chain(db, place, 50)
        chain(db, make(db, user_id=BOB), 2000)
    for plan in plans(database, lambda db: found(db, "text")):
        if database.path:
            steps = [line for line in plan.splitlines() if re.search(r"messages|sessions", line)]
            assert steps
            assert all("SEARCH" in step and "user_id=?" in step for step in steps), plan
        else:
            assert most_rows(plan) <= 2500, plan


def test_texts_are_read_by_their_keys(database: Database) -> None:
    with database.transaction() as db:
        place = make(db)
        chain(db, place, 2000)
        make(db, title="Other")
    reading = plans(database, lambda db: found(db, "text", 5))[1]
    if database.path:
        assert re.search(r"SEARCH messages .*session_id=\? AND id=\?\)", reading), reading
    else:
        assert most_rows(reading) <= 60, reading
