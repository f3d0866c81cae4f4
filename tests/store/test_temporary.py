"""Temporary sessions: in no list, and gone for good; and those that somebody gave an end."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlmodel import Session

from store import bookmarks, folders, latest, marks, preferences, sessions, tags, takeout
from store.cleanup import ended, remove_due, remove_temporary, set_inactive, temporary
from store.errors import SessionNotFound
from store.search import find
from store.search_query import parse
from store.values import SessionKey
from tests.store.samples import ANN, NOON, asked, end, everything, exchange, make, make_folder

HOUR = timedelta(hours=1)


def test_a_temporary_one_is_in_no_list_until_it_is_kept(db: Session) -> None:
    exchange(db, make(db, title="Lasting"), "apple")
    make_folder(db, "work")
    place = make(db, title="Passing apple", temporary=True, folder="work", tags=["fruit"])
    exchange(db, place, "apple pie")
    marks.mark(db, place, message_id=1, bookmarked=True)
    assert sessions.get(db, place).temporary

    def seen() -> tuple[int, ...]:
        totals = sessions.totals(db, user_id=ANN)
        return (
            len(sessions.recent(db, user_id=ANN)),
            len(sessions.recent(db, user_id=ANN, query="apple", archived=None)),
            len(sessions.newest_states(db, user_id=ANN)),
            sessions.count(db, user_id=ANN),
            totals.sessions,
            totals.messages,
            len(find(db, user_id=ANN, query=parse("apple")).hits),
            len(bookmarks.listed(db, user_id=ANN, limit=9)),
            bookmarks.count(db, user_id=ANN),
            len(tags.used(db, user_id=ANN)),
            folders.count_chats(db, user_id=ANN, folder_id="work"),
            len(takeout.ids(db, user_id=ANN)),
        )

    assert seen() == (1, 0, 1, 1, 1, 2, 1, 0, 0, 0, 0, 1)
    assert latest.latest(db, user_id=ANN) != place.session_id
    assert sessions.trash_all(db, user_id=ANN) != [place.session_id]
    assert sessions.get(db, place)
    sessions.change(db, place, temporary=False)
    assert seen() == (1, 1, 1, 1, 1, 2, 2, 1, 1, 1, 1, 2), "by its title too"


def test_it_goes_for_good_but_not_in_mid_answer(db: Session) -> None:
    lasting, place = make(db), make(db, temporary=True)
    answer = asked(db, place).answer
    assert temporary(db) == []
    assert not remove_temporary(db, place)
    end(db, place, answer.id)
    [(key, version)] = temporary(db)
    assert key == place
    assert remove_temporary(db, place, version=version - 1)
    assert sessions.get(db, place)
    assert remove_temporary(db, lasting)
    assert remove_temporary(db, place, version=version)
    assert remove_temporary(db, place)
    assert [row[1] for row in everything(db)["sessions"]] == [lasting.session_id]
    assert everything(db)["messages"] == []


def expired(db: Session) -> list[SessionKey]:
    found = ended(db, now=NOON)
    remove_due(db, found, now=NOON)
    return [one.key for one in found]


def test_what_has_an_end_goes_to_the_trash_and_stays_there(db: Session) -> None:
    over, pinned, later, busy, passing = (
        make(db, session_id=name, temporary=name == "passing")
        for name in ("over", "pinned", "later", "busy", "passing")
    )
    answer = asked(db, busy).answer
    for place in (over, pinned, busy, passing):
        sessions.change(db, place, expires_at=NOON - HOUR, pinned=place == pinned)
    sessions.change(db, later, expires_at=NOON + HOUR)
    assert expired(db) == [over]
    assert expired(db) == []
    assert sessions.get(db, over, trashed=True).deleted_at == NOON
    end(db, busy, answer.id)
    assert expired(db) == [busy]
    with pytest.raises(SessionNotFound):
        sessions.get(db, busy)


def test_what_is_unused_is_inactive_until_the_next_message(db: Session) -> None:
    old, new, passing = make(db, now=NOON), make(db), make(db, now=NOON, temporary=True)
    assert set_inactive(db, unused_before=NOON + HOUR) == 1
    assert set_inactive(db, unused_before=NOON + HOUR) == 0
    assert [sessions.get(db, place).is_active for place in (old, new, passing)] == [
        False,
        True,
        True,
    ]
    [listed] = sessions.recent(db, user_id=ANN, is_active=False)
    assert listed.session_id == old.session_id
    assert len(sessions.recent(db, user_id=ANN, is_active=True)) == 1
    exchange(db, old)
    assert sessions.get(db, old).is_active


def test_what_people_prefer(db: Session) -> None:
    assert preferences.of_user(db, user_id=ANN) == {}
    preferences.keep(db, user_id=ANN, name="open_last_chat", value=True)
    preferences.keep(db, user_id=ANN, name="other", value=1)
    assert preferences.of_user(db, user_id=ANN) == {"open_last_chat": True, "other": 1}
    assert preferences.of_user(db, user_id="nobody") == {}
