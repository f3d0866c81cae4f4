"""Links to chats: until when they lead anywhere, how often, and what a copy has."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import insert, select, update
from sqlmodel import Session

from store import (
    copies,
    marks,
    messages,
    migrations,
    profiles,
    sessions,
    share_copies,
    shares,
    tables,
    users,
)
from store.cleanup import purge
from store.clearing import clear, restore
from store.database import Database
from store.endings import Received, checkpoint
from store.errors import Refused, SessionNotFound, ShareNotFound
from store.search import find
from store.search_query import parse
from store.share_values import Included, NewShare, OpenShare
from store.tables import messages as table
from store.values import SessionKey, StoredProfile
from tests.store.samples import ANN, BOB, FREE, NOON, answered_again, asked, end, exchange, make

LATER = NOON + timedelta(days=7)
ALL = Included(True, True, True, True)


def share(db: Session, key: SessionKey, token: str = "t", **said: Any) -> str:
    new = NewShare(**{"mode": "live", "expires_at": LATER, **said})
    return shares.create(db, key, new=new, token_hash=token, now=NOON).share_id


def opened(db: Session, token: str = "t", **more: Any) -> OpenShare | None:
    return shares.by_token(db, token_hash=token, now=more.get("now", NOON))


def test_a_link_is_listed_and_leads_to_its_chat(db: Session) -> None:
    key, other = make(db, title="Chains"), make(db)
    exchange(db, key)
    id_ = share(db, key, view_limit=3, include=ALL, password_hash="x", name="Ann")
    share(db, other, "u")
    [mine] = shares.of_session(db, key)
    assert (mine.share_id, mine.title, mine.views, mine.view_limit) == (id_, "Chains", 0, 3)
    assert (mine.protected, mine.include, mine.expires_at) == (True, ALL, LATER)
    assert [one.session_id for one in shares.listed(db, user_id=ANN)].count(key.session_id) == 1
    assert shares.listed(db, user_id=BOB) == []
    found = opened(db)
    assert found
    assert (found.key, found.leaf_id, found.title, found.name) == (key, 2, "Chains", "Ann")
    assert opened(db, "another") is None


def test_it_ends_at_its_time_and_when_it_is_revoked(db: Session) -> None:
    key = make(db)
    id_ = share(db, key)
    assert opened(db, now=LATER - timedelta(seconds=1))
    assert opened(db, now=LATER) is None
    assert shares.still(db, user_id=ANN, share_id=id_, now=LATER) is None
    with pytest.raises(SessionNotFound):
        shares.revoke(db, SessionKey(BOB, key.session_id), share_id=id_)
    shares.revoke(db, key, share_id=id_)
    assert opened(db) is None
    with pytest.raises(ShareNotFound):
        shares.revoke(db, key, share_id=id_)


def test_many_are_revoked_at_once(db: Session) -> None:
    one, two = make(db), make(db)
    for number, key in enumerate((one, one, two, make(db, BOB))):
        share(db, key, str(number))
    assert shares.revoke_those_of(db, one) == 2
    assert shares.revoke_all(db, user_id=ANN) == 1
    assert len(shares.listed(db, user_id=BOB)) == 1
    with pytest.raises(SessionNotFound):
        shares.revoke_those_of(db, SessionKey(BOB, one.session_id))


def test_it_goes_with_the_chat_and_with_the_account(db: Session) -> None:
    key, second = make(db), make(db)
    share(db, key)
    share(db, second, "u")
    sessions.trash(db, key)
    assert opened(db) is None
    sessions.restore(db, key)
    assert opened(db)
    purge(db, key)
    assert [one.session_id for one in shares.listed(db, user_id=ANN)] == [second.session_id]
    users.set_disabled(db, user_id=ANN, disabled=True)
    assert opened(db, "u") is None
    users.remove(db, user_id=ANN)
    assert shares.listed(db, user_id=ANN) == []


def test_it_goes_along_to_whom_the_chats_are_handed_over(db: Session) -> None:
    key = make(db)
    profiles.save(db, key, source="x", handle="a", result={}, now=NOON)
    share(db, key, mode="snapshot", results=profiles.listed(db, key), include=ALL)
    users.hand_over(db, user_id=ANN, to_user_id=BOB)
    found = opened(db)
    assert found
    assert found.key.user_id == BOB
    assert [one.handle for one in shares.results(db, found, limit=9)] == ["a"]


def test_no_link_leads_to_a_chat_that_does_not_last(db: Session) -> None:
    key = make(db)
    id_ = share(db, key)
    sessions.change(db, key, temporary=True)
    assert opened(db) is shares.still(db, user_id=ANN, share_id=id_, now=NOON) is None
    sessions.change(db, key, temporary=False)
    assert opened(db)


def test_a_snapshot_keeps_its_results_or_ends(db: Session) -> None:
    """Fetched again they stay as they were; removed, or cleared, they are shown to nobody."""
    key = make(db)

    def save(n: int) -> None:
        profiles.save(db, key, source="x", handle="a", result={"n": n}, now=LATER)

    save(1)
    share(db, key, mode="snapshot", results=profiles.listed(db, key), include=ALL)
    share(db, key, "live", include=ALL)
    save(2)
    profiles.save(db, key, source="x", handle="b", result={}, now=NOON)
    found, live = opened(db), opened(db, "live")
    assert found
    assert live
    assert [one.result for one in shares.results(db, found, limit=9)] == [{"n": 1}]
    looks = {shares.look(db, live)}
    profiles.remove(db, key, source="x", handle="b")
    looks.add(shares.look(db, live))
    clear(db, key)
    looks.add(shares.look(db, live))
    assert len(looks) == 3, "a live one is drawn anew"
    assert opened(db) is None
    restore(db, key)
    assert opened(db)
    profiles.remove(db, key, source="x", handle="a")
    assert opened(db) is None
    shares.revoke_all(db, user_id=ANN)
    assert db.execute(select(tables.share_results)).all() == []


def test_snapshots_that_there_are_get_what_they_show(new_database_url: str) -> None:
    fresh = Database(new_database_url)
    with fresh.engine.begin() as connection:
        migrations._run(connection, "0016")
        user = {"id": ANN, "username": ANN, "created_at": NOON}
        connection.execute(insert(tables.users).values(**user))
        place = {"user_id": ANN, "session_id": "s"}
        times = {"created_at": NOON, "last_activity_at": NOON}
        connection.execute(insert(tables.sessions).values(**place, **times))
        for handle, moment in (("then", NOON), ("later", LATER)):
            kept = {"source": "x", "handle": handle, "result": {"a": [1]}, "created_at": moment}
            connection.execute(insert(tables.profiles).values(**place, **kept))
        for token, mode, shown in (
            ("all", "snapshot", True),
            ("none", "snapshot", False),
            ("live", "live", True),
        ):
            said = {"mode": mode, "include": {"profiles": shown}, "token_hash": token}
            ends = {"expires_at": LATER, "created_at": NOON}
            row = {**place, **said, **ends, "id": token, "views": 0}
            connection.execute(insert(tables.shares).values(**row))
    fresh.open()
    with fresh.reading() as db:
        of = {token: opened(db, token) for token in ("all", "none", "live")}
        kept = {token: shares.results(db, one, limit=9) for token, one in of.items() if one}
    assert [(one.handle, one.result, one.created_at) for one in kept["all"]] == [
        ("then", {"a": [1]}, NOON)
    ]
    assert (kept["none"], kept["live"]) == ([], [])
    fresh.close()


def test_a_copy_of_the_chat_is_not_shared(db: Session) -> None:
    key = make(db)
    share(db, key)
    copy = copies.duplicate(db, key, may=FREE)
    assert shares.of_session(db, SessionKey(ANN, copy.session_id)) == []


def test_a_snapshot_stays_as_it_was_or_ends(db: Session) -> None:
    key = make(db, title="Then")
    exchange(db, key)
    share(db, key, mode="snapshot", title="Then", leaf_id=2)
    sessions.change(db, key, title="Now")
    exchange(db, key, "More")
    answered_again(db, key, message_id=2)
    found = opened(db)
    assert found
    assert (found.title, found.leaf_id) == ("Then", 2)
    messages.delete(db, key, message_id=2)
    assert opened(db) is None
    messages.restore(db, key, message_id=2)
    assert opened(db)


def test_there_are_only_so_many(db: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shares, "SHARES_MAX", 2)
    key = make(db)
    share(db, key, "1", expires_at=NOON)
    share(db, key, "2")
    share(db, make(db), "3")
    with pytest.raises(Refused, match="2 links"):
        share(db, key, "4")
    share(db, make(db, BOB), "5")
    assert len(shares.listed(db, user_id=ANN)) == 2, "the expired one is gone"


def test_views_end_a_link_for_the_next_one_only(db: Session) -> None:
    id_ = share(db, make(db), view_limit=2)

    def view() -> bool:
        return shares.count_view(db, user_id=ANN, share_id=id_, now=NOON)

    assert [view(), view(), view()] == [True, True, False]
    assert shares.listed(db, user_id=ANN)[0].views == 2
    assert opened(db) is None
    assert shares.still(db, user_id=ANN, share_id=id_, now=NOON)
    assert not shares.count_view(db, user_id=BOB, share_id=id_, now=NOON)


def test_of_many_at_once_no_more_get_in(database: Database) -> None:
    with database.transaction() as db:
        id_ = share(db, make(db), view_limit=3)

    def view(_: int) -> bool:
        with database.transaction() as db:
            return shares.count_view(db, user_id=ANN, share_id=id_, now=NOON)

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(view, range(8))) == 3


def test_a_copy_has_texts_and_nothing_else(db: Session) -> None:
    key = make(db, title="Hers", description="secret")
    exchange(db, key, "One", "Two")
    marks.mark(db, key, message_id=2, feedback="good", bookmarked=True)
    pair = asked(db, key, "Three")
    checkpoint(db, [Received(key, pair.answer.id, "Fo")])
    profiles.save(db, key, source="x", handle="a", result={"secret": True})
    share(db, key)
    found, mine = opened(db), make(db, BOB, title="Mine")
    assert found
    assert share_copies.copy_shown(db, mine, share=found, now=LATER) == 4
    hits = find(db, user_id=BOB, query=parse("three")).hits
    assert [(hit.session_id, hit.message_id) for hit in hits] == [(mine.session_id, 3)]
    session = sessions.get(db, mine)
    assert (session.message_count, session.preview, session.context) == (4, "Fo", {})
    copied = messages.window(db, mine, leaf_id=session.active_leaf_id)
    assert [(one.content, one.status) for one in copied] == [
        *(("One", "complete"), ("Two", "complete")),
        *(("Three", "complete"), ("Fo", "interrupted")),
    ]
    for one in copied:
        assert (one.model, one.feedback, one.bookmarked, one.cost) == ("", None, False, None)
        assert (one.tools_used, one.metadata.as_json(), one.created_at) == ([], {}, LATER)
    assert profiles.count(db, mine) == 0
    exchange(db, mine, "Five", "Six")
    assert sessions.get(db, mine).message_count == 6
    end(db, key, pair.answer.id, "Four")
    assert messages.get(db, mine, message_id=copied[3].id).content == "Fo"


def test_a_copy_leaves_out_what_is_not_shown(db: Session) -> None:
    """System messages, other branches, and answers that wait; results only those that are given."""
    key = make(db)
    exchange(db, key, "One", "Old")
    answered_again(db, key, message_id=2)
    end(db, key, 3, "New")
    asked(db, key, "Three")
    asked(db, key, "Five")
    db.execute(update(table).where(table.c.id == 1).values(role="system"))
    profiles.save(db, key, source="x", handle="b", result={}, now=LATER)
    share(db, key, mode="snapshot", leaf_id=sessions.get(db, key).active_leaf_id, include=ALL)
    found, mine = opened(db), make(db, BOB)
    assert found
    shown = [StoredProfile("x", "a", {"n": 1}, NOON)]
    share_copies.copy_shown(db, mine, share=found, results=shown)
    copied = messages.window(db, mine, leaf_id=sessions.get(db, mine).active_leaf_id)
    assert [one.content for one in copied] == ["New", "Three", "", "Five"]
    assert [one.depth for one in copied] == [1, 2, 3, 4]
    assert profiles.listed(db, mine) == shown
