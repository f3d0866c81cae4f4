"""Users, their passwords and what is theirs, on both databases."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlmodel import Session

from store import messages, sessions, users
from store.database import Database
from store.errors import Conflict, Refused, SessionNotFound, UserNotFound
from store.tables import ended_logins
from store.users import LOCAL_USER
from store.values import SessionKey, User
from tests.store.samples import ANN, BOB, NOON, chain, everything, exchange, make


def admin(db: Session, name: str = "root") -> User:
    return users.create(db, username=name, role="admin", password_hash="$2b$", now=NOON)


def test_names_are_kept_in_one_case(db: Session) -> None:
    made = users.create(db, username="  Zoë STRASSE ", display_name="Zoë", email="z@example.org")
    assert made.username == "zoë strasse"
    assert users.by_username(db, username="ZOË straße") == made
    assert users.by_username(db, username="zoe") is None
    assert (made.name, made.role, made.email) == ("Zoë", "user", "z@example.org")
    assert users.get(db, user_id=made.id) == made


@pytest.mark.parametrize("name", ["", "   ", "x" * 201, "a\0b", "\ud800"])
def test_names_that_cannot_be(db: Session, name: str) -> None:
    with pytest.raises(Refused):
        users.create(db, username=name)


def test_a_name_is_given_once(db: Session) -> None:
    users.create(db, username="kim")
    with pytest.raises(Conflict, match="taken"):
        users.create(db, username="KIM")
    assert users.by_username(db, username="kim")


def test_roles_that_cannot_be(db: Session) -> None:
    with pytest.raises(Refused):
        users.create(db, username="kim", role="root")
    with pytest.raises(Refused):
        users.set_role(db, user_id=ANN, role="guest")


@pytest.mark.parametrize("user_id", ["missing", "", "x" * 65, "a\0b", "' OR 1=1 --"])
def test_who_is_not_there(db: Session, user_id: str) -> None:
    with pytest.raises(UserNotFound):
        users.get(db, user_id=user_id)
    with pytest.raises(UserNotFound):
        users.remove(db, user_id=user_id)


def test_the_list_leaves_out_guests_and_the_local_user(db: Session) -> None:
    users.ensure_local(db)
    users.create(db, username="guest-1", role="guest")
    users.create(db, username="kim", display_name="Kim 100%")
    assert [user.username for user in users.listed(db)] == [ANN, BOB, "kim"]
    assert [user.username for user in users.listed(db, query="00%")] == ["kim"]
    assert [user.username for user in users.listed(db, query="%")] == ["kim"]
    assert [user.username for user in users.listed(db, limit=1, offset=1)] == [BOB]
    assert users.count(db) == 3


def test_own_fields(db: Session) -> None:
    changed = users.change(db, user_id=ANN, display_name="Ann", email="a@b.example")
    assert (changed.name, changed.email) == ("Ann", "a@b.example")
    for fields in ({"role": "admin"}, {"display_name": "x" * 201}, {"email": "x" * 321}):
        with pytest.raises(Refused):
            users.change(db, user_id=ANN, **fields)


def test_a_new_password_ends_earlier_logins(db: Session) -> None:
    later = NOON + timedelta(hours=1)
    changed = users.set_password(db, user_id=ANN, password_hash="$2b$new", now=later)
    assert changed.tokens_valid_after == later
    assert users.password_hash(db, username="Ann") == "$2b$new"
    assert users.password_hash(db, username="nobody") is None
    assert users.log_out_everywhere(db, user_id=BOB, now=later).tokens_valid_after == later


def test_ended_logins(db: Session) -> None:
    assert users.by_login(db, username=ANN, login_id="one")
    for _ in range(2):
        users.end_login(db, login_id="one", expires_at=NOON)
    assert users.by_login(db, username=ANN, login_id="one") is None
    assert users.by_login(db, username=ANN, login_id="two")
    assert list(db.scalars(select(ended_logins.c.login_id))) == ["one"]


def test_the_last_administrator_stays(db: Session) -> None:
    first = admin(db)
    users.ensure_local(db)
    for act in (
        lambda: users.set_disabled(db, user_id=first.id, disabled=True),
        lambda: users.set_role(db, user_id=first.id, role="user"),
        lambda: users.remove(db, user_id=first.id),
    ):
        with pytest.raises(Conflict, match="only administrator"):
            act()
    second = admin(db, "second")
    assert users.set_disabled(db, user_id=second.id, disabled=True, now=NOON).disabled_at == NOON
    with pytest.raises(Conflict):
        users.set_role(db, user_id=first.id, role="user")
    assert users.set_disabled(db, user_id=second.id, disabled=False).disabled_at is None
    assert users.set_role(db, user_id=first.id, role="user").role == "user"


def test_removing_somebody_removes_all_of_theirs(db: Session) -> None:
    hers = make(db)
    chain(db, hers, 6)
    his = make(db, user_id=BOB)
    exchange(db, his)
    before = everything(db)
    users.remove(db, user_id=ANN)
    left = everything(db)
    for table, rows in left.items():
        assert all(BOB in row or table == "users" for row in rows), table
    assert len(left["messages"]) == 2
    assert len(before["messages"]) == 8
    with pytest.raises(SessionNotFound):
        sessions.get(db, hers)
    assert sessions.get(db, his)


def test_handing_chats_over(db: Session) -> None:
    users.ensure_local(db)
    place = make(db, user_id=LOCAL_USER, title="Mine")
    chain(db, place, 7)
    before = messages.window(db, place, leaf_id=7)
    new = admin(db)
    assert users.hand_over(db, user_id=LOCAL_USER, to_user_id=new.id) == 1
    mine = SessionKey(new.id, place.session_id)
    assert messages.window(db, mine, leaf_id=7) == before
    assert sessions.get(db, mine).title == "Mine"
    assert sessions.recent(db, user_id=LOCAL_USER) == []
    with pytest.raises(UserNotFound):
        users.hand_over(db, user_id=new.id, to_user_id="nobody")


def test_stale_guests_go(db: Session) -> None:
    for name in ("old", "busy", "new"):
        users.create(db, username=f"guest-{name}", role="guest", user_id=name, now=NOON)
    users.seen(db, user_id="new", now=NOON + timedelta(hours=2))
    make(db, user_id="busy")
    assert users.remove_stale_guests(db, before=NOON + timedelta(hours=1)) == 1
    assert users.by_username(db, username="guest-old") is None
    assert users.get(db, user_id="busy")


def test_one_of_two_who_take_a_name_at_once_gets_it(database: Database) -> None:
    with database.transaction() as db:
        users.create(db, username="kim", subject="issuer|1")
    with database.transaction() as db, pytest.raises(Conflict):
        users.create(db, username="other", subject="issuer|1")
    with database.reading() as db:
        found = users.by_subject(db, subject="issuer|1")
    assert found
    assert found.username == "kim"
