"""API tokens, codes that work once, and what is kept for all processes."""

from __future__ import annotations

import threading
from datetime import timedelta

import pytest
from sqlmodel import Session

from store import codes, kept, tokens, users
from store.database import Database
from store.errors import Refused, TokenNotFound
from store.tokens import TOKENS_MAX
from tests.store.samples import ANN, BOB, NOON

LATER = NOON + timedelta(days=1)


def test_a_token_leads_to_its_owner(db: Session) -> None:
    made = tokens.create(db, user_id=ANN, name="  my   laptop ", token_hash="h", now=NOON)
    assert made.name == "my laptop"
    found = tokens.owner_of(db, token_hash="h", now=LATER)
    assert found
    assert (found[0].id, found[1]) == (ANN, made)
    tokens.used(db, user_id=ANN, token_id=made.id, now=LATER)
    assert tokens.listed(db, user_id=ANN)[0].last_used_at == LATER
    assert tokens.listed(db, user_id=BOB) == []


def test_expired_and_revoked_tokens_lead_nowhere(db: Session) -> None:
    made = tokens.create(db, user_id=ANN, name="x", token_hash="h", expires_at=LATER, now=NOON)
    assert tokens.owner_of(db, token_hash="h", now=NOON)
    assert tokens.owner_of(db, token_hash="h", now=LATER) is None
    for user_id, token_id in ((BOB, made.id), (ANN, "missing"), (ANN, "a\0b")):
        with pytest.raises(TokenNotFound):
            tokens.revoke(db, user_id=user_id, token_id=token_id)
    tokens.revoke(db, user_id=ANN, token_id=made.id)
    assert tokens.owner_of(db, token_hash="h", now=NOON) is None


@pytest.mark.parametrize("name", ["", " ", "x" * 101, "a\0b"])
def test_token_names_that_cannot_be(db: Session, name: str) -> None:
    with pytest.raises(Refused):
        tokens.create(db, user_id=ANN, name=name, token_hash="h")


def test_there_is_an_end_to_tokens(db: Session) -> None:
    for number in range(TOKENS_MAX):
        tokens.create(db, user_id=ANN, name="x", token_hash=str(number))
    with pytest.raises(Refused, match="Revoke"):
        tokens.create(db, user_id=ANN, name="x", token_hash="more")


def test_tokens_go_with_their_owner(db: Session) -> None:
    tokens.create(db, user_id=ANN, name="x", token_hash="h")
    users.remove(db, user_id=ANN)
    assert tokens.owner_of(db, token_hash="h", now=NOON) is None


def test_a_code_works_once_and_for_its_kind(db: Session) -> None:
    codes.create(db, kind=codes.INVITE, code_hash="c", expires_at=LATER, role="admin")
    assert codes.take(db, kind=codes.RESET, code_hash="c", now=NOON) is None
    found = codes.take(db, kind=codes.INVITE, code_hash="c", now=NOON)
    assert found
    assert (found.role, found.user_id) == ("admin", None)
    assert codes.take(db, kind=codes.INVITE, code_hash="c", now=NOON) is None


def test_codes_expire(db: Session) -> None:
    codes.create(db, kind=codes.INVITE, code_hash="c", expires_at=LATER)
    users.end_login(db, login_id="one", expires_at=LATER)
    assert codes.look(db, kind=codes.INVITE, code_hash="c", now=LATER) is None
    codes.purge_expired(db, now=LATER + timedelta(seconds=1))
    assert codes.look(db, kind=codes.INVITE, code_hash="c", now=NOON) is None
    assert users.by_login(db, username=ANN, login_id="one")


def test_only_the_newest_setup_and_reset_codes_work(db: Session) -> None:
    for kind, user_id in ((codes.SETUP, None), (codes.RESET, ANN)):
        for code in ("old", "new"):
            codes.create(db, kind=kind, code_hash=kind + code, expires_at=LATER, user_id=user_id)
        assert codes.look(db, kind=kind, code_hash=f"{kind}old", now=NOON) is None
        assert codes.look(db, kind=kind, code_hash=f"{kind}new", now=NOON)
    codes.create(db, kind=codes.RESET, code_hash="his", expires_at=LATER, user_id=BOB)
    assert codes.look(db, kind=codes.RESET, code_hash="resetnew", now=NOON)
    codes.forget(db, kind=codes.SETUP)
    assert codes.look(db, kind=codes.SETUP, code_hash="setupnew", now=NOON) is None


def test_what_is_kept_is_made_once(database: Database) -> None:
    found = []

    def look(number: int) -> None:
        with database.transaction() as db:
            found.append(kept.keep(db, name="key", make=lambda: f"made by {number}"))

    threads = [threading.Thread(target=look, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 4
    assert len(set(found)) == 1
