"""Where search looks, in which order what is found comes, and page by page."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlmodel import Session

from store import marks, search, sessions
from store.search import find
from store.search_query import parse
from tests.store.samples import ANN, NOON, asked, end, exchange, make
from tests.store.test_search import found, ids


def filled(db: Session) -> None:
    for at, (persona, archived) in enumerate([("default", False), ("guide", True)]):
        place = make(db, session_id=f"s{at}", title="Zebra", persona=persona, now=NOON)
        exchange(db, place, "zebra", "No.", now=NOON + timedelta(days=at, microseconds=5))
        pair = asked(db, place, "Hi", now=NOON + timedelta(days=at, seconds=9))
        end(db, place, pair.answer.id, "A zebra", model=f"model-{at}")
        sessions.change(db, place, archived=archived)
        marks.mark(db, place, message_id=1, bookmarked=True)


@pytest.mark.parametrize(
    ("within", "places"),
    [
        ({}, {("s0", 1), ("s0", 4), ("s0", None), ("s1", 1), ("s1", 4), ("s1", None)}),
        ({"session_id": "s1"}, {("s1", 1), ("s1", 4), ("s1", None)}),
        ({"session_id": "other"}, set()),
        ({"role": "user"}, {("s0", 1), ("s1", 1)}),
        ({"role": "title", "session_id": "s0"}, {("s0", None)}),
        ({"persona": "guide", "role": "user"}, {("s1", 1)}),
        ({"model": "model-0"}, {("s0", 4)}),
        ({"archived": True, "role": "assistant"}, {("s1", 4)}),
        ({"archived": False, "role": "assistant"}, {("s0", 4)}),
        ({"bookmarked": True}, {("s0", 1), ("s1", 1)}),
        ({"bookmarked": False}, {("s0", 4), ("s1", 4)}),
        ({"folder": ""}, {("s0", 1), ("s0", 4), ("s0", None), ("s1", 1), ("s1", 4), ("s1", None)}),
        ({"folder": "none"}, set()),
        ({"since": NOON + timedelta(days=1), "role": "user"}, {("s1", 1)}),
        ({"since": NOON + timedelta(microseconds=6), "role": "user"}, {("s1", 1)}),
        ({"until": NOON + timedelta(microseconds=5), "role": "user"}, set()),
        ({"until": NOON + timedelta(seconds=9), "role": "user"}, {("s0", 1)}),
    ],
)
def test_where_to_look(db: Session, within: dict[str, Any], places: set[Any]) -> None:
    filled(db)
    hits = found(db, "zebra", within=within)
    assert {(hit.session_id, hit.message_id) for hit in hits} == places


def test_best_first_or_newest_first(db: Session) -> None:
    place = make(db, title="One")
    for at, words in enumerate(["zebra " * 5, "a zebra among many other words", "zebra crossing"]):
        exchange(db, place, words, "No.", now=NOON + timedelta(minutes=at))
    assert ids(found(db, "zebra", sort="newest")) == [5, 3, 1]
    assert ids(found(db, "zebra")) == [1, 5, 3]
    best = found(db, "zebra OR crossing")[0]
    assert best.message_id == 5, "a rare word counts for more"


def test_old_messages_that_come_late_are_not_the_newest(db: Session) -> None:
    place = make(db, title="One")
    for at in (5, 1, 9, 3):
        exchange(db, place, f"zebra {at}", "No.", now=NOON + timedelta(days=at))
    assert [hit.excerpt for hit in found(db, "zebra", sort="newest")] == [
        *("zebra 9", "zebra 5", "zebra 3", "zebra 1")
    ]


def test_page_by_page(db: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(search, "CANDIDATES", 30)
    place = make(db, title="One")
    for at in range(50):
        exchange(db, place, f"zebra {at}", "No.", now=NOON + timedelta(minutes=at))
    first = find(db, user_id=ANN, query=parse("zebra"), sort="newest", limit=20)
    assert (len(first.hits), first.count, first.more) == (20, 30, True)
    before, seen = first.hits[-1].number, list(first.hits)
    while True:
        page = find(db, user_id=ANN, query=parse("zebra"), sort="newest", limit=20, before=before)
        seen += page.hits
        if not page.more:
            break
        before = page.hits[-1].number
    assert [hit.excerpt for hit in seen] == [f"zebra {at}" for at in range(49, -1, -1)]
    pages = [find(db, user_id=ANN, query=parse("zebra"), limit=20, offset=at) for at in (0, 20)]
    assert [(len(page.hits), page.more) for page in pages] == [(20, True), (10, False)]


def test_conditions_that_leave_most_out(db: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(search, "CANDIDATES", 3)
    place = make(db, title="One")
    for at in range(20):
        exchange(db, place, f"zebra {at}", "No.", now=NOON + timedelta(minutes=at))
    marks.mark(db, place, message_id=1, bookmarked=True)
    assert ids(found(db, "zebra", within={"bookmarked": True})) == [1]
    other = make(db, title="Two")
    exchange(db, other, "zebra", "No.", now=NOON)
    monkeypatch.setattr(search, "SCANNED", 6)
    monkeypatch.setattr(search, "AT_LEAST", 1)
    asked: dict[str, Any] = {"user_id": ANN, "query": parse("zebra"), "limit": 20}
    within = search.Within(bookmarked=True)
    left = find(db, within=within, **asked)
    assert (ids(left.hits), left.is_all, left.more) == ([], False, False), "it does not say none"
    places, before, more = list[int | None](), None, True
    while more:
        page = find(db, within=within, sort="newest", before=before, **asked)
        places, before, more = places + ids(page.hits), page.last, page.more
    assert places == [1]
    elsewhere = find(db, within=search.Within(beside=place.session_id), **asked)
    assert [hit.session_id for hit in elsewhere.hits] == [other.session_id]
