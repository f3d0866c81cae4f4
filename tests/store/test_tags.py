"""Tags, and the lists that have some of the sessions only."""

from __future__ import annotations

import pytest
from sqlalchemy import update
from sqlmodel import Session

from store import sessions, tags
from store.errors import Refused
from store.marks import mark
from store.tables import sessions as sessions_table
from store.values import SessionKey
from tests.store.samples import ANN, BOB, asked, end, exchange, make, make_folder


def listed(db: Session, **chosen: object) -> set[str]:
    return {row.session_id for row in sessions.recent(db, user_id=ANN, **chosen)}  # type: ignore[arg-type]


def test_tags_are_kept_in_one_form(db: Session) -> None:
    place = make(db, tags=["Bike", "#bike ", "  Größe\n XL", "e\u0301"])
    assert sessions.get(db, place).tags == ("bike", "größe xl", "é")
    changed = sessions.change(db, place, tags=["b", "a, c", "##d"])
    assert changed.tags == ("a, c", "b", "d")
    (row,) = sessions.recent(db, user_id=ANN)
    assert row.tags == changed.tags
    assert sessions.change(db, place, pinned=True).tags == changed.tags
    assert sessions.change(db, place, tags=[]).tags == ()


@pytest.mark.parametrize(
    "bad", [[""], ["#"], ["x" * 41], ["a\0"], ["\ud800"], list("abcdefghijklmnopqrstu")]
)
def test_tags_that_are_none_are_refused_and_nothing_changes(db: Session, bad: list[str]) -> None:
    place = make(db, tags=["kept"])
    with pytest.raises(Refused):
        sessions.change(db, place, tags=bad, pinned=True)
    with pytest.raises(Refused):
        make(db, tags=bad)
    found = sessions.get(db, place)
    assert (found.tags, found.pinned) == (("kept",), False)


def test_which_tags_are_used(db: Session) -> None:
    for words in (["b", "a"], ["b"], ["c"]):
        make(db, tags=words)
    make(db, BOB, tags=["secret"])
    sessions.trash(db, make(db, tags=["gone"]))
    assert tags.used(db, user_id=ANN) == [("b", 2), ("a", 1), ("c", 1)]
    assert tags.used(db, user_id=ANN, limit=1) == [("b", 2)]


def test_a_list_of_some(db: Session) -> None:
    make_folder(db, "work")
    make_folder(db, "2024", parent_id="work")
    make_folder(db, "work", BOB)
    for name, said in {
        "plain": {},
        "outer": {"folder": "work"},
        "inner": {"folder": "2024", "tags": ["bike"]},
        "tagged": {"tags": ["bike", "red"]},
    }.items():
        make(db, session_id=name, **said)  # type: ignore[arg-type]
    make(db, BOB, session_id="his", folder="work", tags=["bike"])
    pair = asked(db, SessionKey(ANN, "inner"))
    end(db, SessionKey(ANN, "inner"), pair.answer.id)
    _, answer = exchange(db, SessionKey(ANN, "tagged"))
    sessions.note_seen(db, SessionKey(ANN, "tagged"))
    mark(db, SessionKey(ANN, "tagged"), message_id=answer.id, bookmarked=True)
    assert listed(db, folder="work") == {"outer", "inner"}
    assert listed(db, folder="2024") == {"inner"}
    assert listed(db, folder="") == {"plain", "tagged"}
    assert listed(db, folder="missing") == set()
    of_plain = (sessions_table.c.user_id == ANN, sessions_table.c.session_id == "plain")
    db.execute(update(sessions_table).where(*of_plain).values(folder="gone"))
    assert listed(db, folder="") == {"plain", "tagged"}, "it names one that is not there"
    assert listed(db, tag="bike") == {"inner", "tagged"}
    assert listed(db, tag="bike", folder="work", unread=True) == {"inner"}
    assert listed(db, unread=True) == {"inner"}
    assert listed(db, unread=False) == {"plain", "outer", "tagged"}
    assert listed(db, bookmarked=True) == {"tagged"}
    assert listed(db, bookmarked=False, folder="") == {"plain"}
    assert sessions.count(db, user_id=ANN, tag="bike") == 2
