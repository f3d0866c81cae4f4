from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from sqlmodel import Session

from store import marks, messages, sessions, tree
from store.adding import Entry, append
from store.database import Database
from store.errors import MessageNotFound, Refused, SessionNotFound
from store.values import Message, SessionKey
from tests.store.samples import (
    NOON,
    answered_again,
    asked,
    chain,
    end,
    everything,
    exchange,
    make,
    statements,
)

IMPOSSIBLE = [0, -1, 99, 2**31 - 1, 2**31, 2**63, 2**64, -(2**70)]
HARD = [
    '<script>alert("1")</script><img src=x onerror=alert(1)>\n' * 20_000,
    "costs $5 and $x^2$ ![i](https://example.org/i.png?{q}) {} %s :name :1 ? \\ ' \"" * 15_000,
    "👩‍👩‍👧‍👦🇺🇦é\u0301" * 60_000,
    "مرحبا \u202eabc\u202c \u2066שלום\u2069 " * 40_000,
    "one\r\ntwo\rthree\n\n\u2028\x0b\x1f\x7f\ufeff\ufffe\uffff" * 40_000,
]


def branch(db: Session, place: SessionKey, limit: int = 30) -> list[Message]:
    leaf = sessions.get(db, place).active_leaf_id
    return messages.window(db, place, leaf_id=leaf, limit=limit)


def ids(found: list[Message]) -> list[int]:
    return [message.id for message in found]


@pytest.mark.parametrize("text", HARD, ids=["html", "signs", "emoji", "rtl", "lines"])
def test_a_megabyte_is_stored_byte_for_byte(database: Database, text: str) -> None:
    assert len(text.encode()) > 1_000_000
    with database.transaction() as db:
        place = make(db)
        exchange(db, place, text, text[::-1])
    with database.reading() as db:
        question, answer = branch(db, place)
        preview = sessions.get(db, place).preview
    assert question.content == text
    assert answer.content == text[::-1]
    assert len(preview) <= 60


@given(text=st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0")))
@example("\r\n \r\ta\n")
@example("e\u0301 \u00e9")
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_text_comes_back_as_it_was(db: Session, text: str) -> None:
    place = make(db)
    answer = exchange(db, place, f"-{text}", text)[1]
    assert messages.get(db, place, message_id=answer.id - 1).content == f"-{text}"
    assert messages.get(db, place, message_id=answer.id).content == text


def test_the_window_is_the_end_of_the_branch(db: Session) -> None:
    place = make(db)
    assert branch(db, place) == []
    chain(db, place, 50)
    assert ids(branch(db, place)) == list(range(21, 51))
    assert ids(branch(db, place, 1)) == [50]
    assert ids(branch(db, place, 1000)) == list(range(1, 51))
    assert ids(messages.window(db, place, leaf_id=10, limit=3)) == [8, 9, 10]
    assert [message.content for message in branch(db, place, 2)] == ["text 49", "text 50"]


@pytest.mark.parametrize("limit", [0, -1])
def test_a_window_of_nothing_is_empty(db: Session, limit: int) -> None:
    place = make(db)
    chain(db, place, 3)
    assert branch(db, place, limit) == []


@pytest.mark.parametrize("message_id", IMPOSSIBLE)
def test_ids_of_no_message_are_not_found_and_change_nothing(db: Session, message_id: int) -> None:
    place = make(db)
    chain(db, place, 4)
    before = everything(db)
    assert messages.window(db, place, leaf_id=message_id) == []
    for call in (messages.get, messages.select_version, messages.delete, messages.restore):
        with pytest.raises(MessageNotFound):
            call(db, place, message_id=message_id)
    with pytest.raises(MessageNotFound):
        marks.mark(db, place, message_id=message_id, bookmarked=True)
    with pytest.raises(MessageNotFound):
        append(db, place, Entry(role="user"), parent_id=message_id)
    with pytest.raises(MessageNotFound):
        messages.set_leaf(db, place, leaf_id=message_id)
    assert everything(db) == before


def test_messages_of_a_session_in_the_trash_are_not_there(db: Session) -> None:
    place = make(db)
    exchange(db, place)
    sessions.trash(db, place)
    with pytest.raises(SessionNotFound):
        messages.get(db, place, message_id=1)
    with pytest.raises(SessionNotFound):
        messages.delete(db, place, message_id=1)
    with pytest.raises(SessionNotFound):
        marks.mark(db, place, message_id=1, bookmarked=True)


def test_a_chosen_version_shows_the_newest_below_it(db: Session) -> None:
    place = make(db)
    exchange(db, place, "one")
    exchange(db, place, "two")
    again = answered_again(db, place, message_id=2)
    end(db, place, again.id, "other")
    assert ids(branch(db, place)) == [1, 5]
    assert messages.select_version(db, place, message_id=2) == 4
    assert ids(branch(db, place)) == [1, 2, 3, 4]
    assert [message.versions for message in branch(db, place)] == [(1,), (2, 5), (3,), (4,)]
    session = sessions.get(db, place)
    assert (session.message_count, session.preview) == (4, "Hello")
    messages.select_version(db, place, message_id=5)
    session = sessions.get(db, place)
    assert (session.message_count, session.preview) == (2, "other")


def test_a_deleted_message_takes_what_hangs_on_it_and_shows_its_neighbour(db: Session) -> None:
    place = make(db)
    exchange(db, place, "one")
    exchange(db, place, "two")
    again = answered_again(db, place, message_id=2)
    end(db, place, again.id, "other")
    assert messages.delete(db, place, message_id=again.id, now=NOON) == [5]
    assert ids(branch(db, place)) == [1, 2, 3, 4]
    assert branch(db, place)[1].versions == (2,)
    assert messages.delete(db, place, message_id=2) == [2, 3, 4]
    assert ids(branch(db, place)) == [1]
    assert messages.delete(db, place, message_id=1) == [1]
    session = sessions.get(db, place)
    assert (session.active_leaf_id, session.message_count, session.preview) == (None, 0, "")
    assert exchange(db, place, "three")[0].id == 6


def test_the_newest_of_the_other_versions_is_shown(db: Session) -> None:
    place = make(db)
    exchange(db, place)
    for _ in range(3):
        end(db, place, answered_again(db, place, message_id=1).id)
    assert branch(db, place)[-1].versions == (2, 3, 4, 5)
    messages.delete(db, place, message_id=5)
    assert ids(branch(db, place)) == [1, 4]
    messages.select_version(db, place, message_id=2)
    messages.delete(db, place, message_id=2)
    assert ids(branch(db, place)) == [1, 4]


def test_deleting_elsewhere_leaves_the_branch_on_screen(db: Session) -> None:
    place = make(db)
    exchange(db, place)
    again = answered_again(db, place, message_id=2)
    end(db, place, again.id)
    messages.delete(db, place, message_id=2)
    assert ids(branch(db, place)) == [1, 3]
    assert branch(db, place)[1].versions == (3,)


def test_nothing_is_deleted_under_an_answer_that_is_being_written(database: Database) -> None:
    with database.transaction() as db:
        place = make(db)
        exchange(db, place)
        asked(db, place)
    with database.transaction() as db:
        before = everything(db)
        for id_ in (1, 3, 4):
            with pytest.raises(Refused, match="being written"):
                messages.delete(db, place, message_id=id_)
        assert everything(db) == before


def test_restoring_brings_back_what_was_deleted_together(db: Session) -> None:
    place = make(db)
    for text in ("one", "two", "three"):
        exchange(db, place, text)
    messages.delete(db, place, message_id=5, now=NOON)
    messages.delete(db, place, message_id=2, now=NOON + timedelta(seconds=1))
    with pytest.raises(MessageNotFound):
        messages.restore(db, place, message_id=5)
    with pytest.raises(MessageNotFound):
        messages.restore(db, place, message_id=3)
    messages.restore(db, place, message_id=2)
    assert ids(branch(db, place)) == [1, 2, 3, 4]
    messages.restore(db, place, message_id=5)
    assert ids(branch(db, place)) == [1, 2, 3, 4, 5, 6]
    with pytest.raises(MessageNotFound):
        messages.restore(db, place, message_id=5)


def test_a_deleted_message_is_not_there(db: Session) -> None:
    place = make(db)
    exchange(db, place)
    messages.delete(db, place, message_id=2)
    for call in (messages.get, messages.select_version, messages.delete):
        with pytest.raises(MessageNotFound):
            call(db, place, message_id=2)
    with pytest.raises(MessageNotFound):
        asked(db, place, parent_id=2)
    with pytest.raises(MessageNotFound):
        answered_again(db, place, message_id=2)


def test_marks_are_kept_and_others_refused(db: Session) -> None:
    place = make(db)
    exchange(db, place)
    marks.mark(db, place, message_id=2, feedback="good", bookmarked=True)
    marked = messages.get(db, place, message_id=2)
    assert (marked.feedback, marked.bookmarked) == ("good", True)
    marks.mark(db, place, message_id=2, feedback=None)
    marked = messages.get(db, place, message_id=2)
    assert (marked.feedback, marked.bookmarked) == (None, True)
    before = everything(db)
    wrong: list[dict[str, str]] = [
        {"feedback": "superb"},
        {"bookmarked": "yes"},
        {"content": "forged"},
    ]
    for fields in wrong:
        with pytest.raises(Refused):
            marks.mark(db, place, message_id=2, **fields)
    assert everything(db) == before


def test_each_change_has_a_new_version_number(db: Session) -> None:
    place = make(db)
    seen = [sessions.get(db, place).version]

    def grown() -> bool:
        seen.append(sessions.get(db, place).version)
        return seen[-1] > seen[-2]

    exchange(db, place)
    assert grown()
    messages.select_version(db, place, message_id=1)
    assert grown()
    messages.delete(db, place, message_id=2)
    assert grown()
    messages.restore(db, place, message_id=2)
    assert grown()
    sessions.change(db, place, title="New")
    assert grown()
    sessions.change(db, place, pinned=True)
    assert grown()


@pytest.mark.parametrize("length", [4, 400])
def test_a_window_is_two_queries_and_reads_no_other_body(database: Database, length: int) -> None:
    with database.transaction() as db:
        place = make(db)
        chain(db, place, length)
    with database.reading() as db, statements(database.engine) as seen:
        found = messages.window(db, place, leaf_id=length, limit=3)
    assert [message.content for message in found] == [
        f"text {number}" for number in range(length - 2, length + 1)
    ]
    assert len(seen) == 2
    path, siblings = seen
    upward, shown = path.split("\n SELECT ", 1)
    assert upward.startswith("WITH RECURSIVE path(")
    assert "UNION ALL" in upward
    for body in ("content", "answer_pieces"):
        assert body not in upward
    assert "JOIN path ON" in shown
    assert shown.count("messages.content") == 2, "of what is complete, or of what is in pieces too"
    assert shown.count("FROM answer_pieces") == 1
    assert "content" not in siblings
    assert "answer_pieces" not in siblings


def test_where_a_message_is_on_a_branch(db: Session) -> None:
    place = make(db)
    chain(db, place, 10)
    assert tree.below(db, place, leaf_id=10, message_id=4, count=3) == (6, 7)
    assert tree.below(db, place, leaf_id=10, message_id=4, count=99) == (6, 10)
    assert tree.below(db, place, leaf_id=10, message_id=10, count=0) == (0, 10)
    assert tree.below(db, place, leaf_id=6, message_id=7, count=0) is None
