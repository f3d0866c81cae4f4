"""Users of a login provider: only issuer and id say who it is; their logins end as others do."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest

from chat.config import Settings
from chat.people.identity import Identities
from store import users
from store.database import Database
from tests.chat.clock import NOON, Clock

SUBJECT = "https://login.example.org 17"


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    opened = Database(database_url)
    opened.open()
    with opened.transaction() as db:
        users.ensure_local(db, now=NOON)
    yield opened
    opened.close()


@pytest.fixture
def identities(database: Database, database_url: str, clock: Clock) -> Identities:
    settings = Settings(database_url=database_url, auth="oidc", login_days=1)
    return Identities(settings, database, now=clock)


@pytest.fixture
def ann(database: Database) -> str:
    """Another user, who has a password; her id."""
    with database.transaction() as db:
        return users.create(db, username="Ann", role="admin", now=NOON).id


def claims(**changes: Any) -> dict[str, Any]:
    known = {"iat": NOON.timestamp(), "nonce": "n", "email": "Eve@example.org", "name": "Eve"}
    return {**known, **changes}


@pytest.mark.usefixtures("ann")
def test_a_providers_subject_becomes_a_user_at_the_first_login(
    identities: Identities, clock: Clock
) -> None:
    eve = identities.by_subject(SUBJECT, claims())
    assert (eve.username, eve.display_name, eve.role) == ("eve@example.org", "Eve", "user")
    clock.later(hours=1)
    again = identities.by_subject(SUBJECT, claims(email="new@example.org", nonce="m"))
    assert again.user_id == eve.user_id
    assert identities.by_subject("https://evil.example 17", claims()) is None  # too late to begin


def test_the_first_of_them_is_administrator(identities: Identities) -> None:
    def come(number: int) -> str:
        return str(identities.by_subject(f"https://x {number % 4}", claims(email=None)).role)

    with ThreadPoolExecutor(4) as pool:
        roles = sorted(pool.map(come, range(4)))
    assert roles == ["admin", "user", "user", "user"]


def test_an_email_is_no_identity(identities: Identities, ann: str) -> None:
    eve = identities.by_subject(SUBJECT, claims(email="ann", preferred_username="ann"))
    assert eve.user_id != ann
    assert eve.username.startswith("ann ")
    other = identities.by_subject("https://evil.example 17", claims(email="ann"))
    assert other.user_id not in (ann, eve.user_id)


@pytest.mark.usefixtures("ann")
def test_a_provider_may_say_odd_things(identities: Identities) -> None:
    for number, name in enumerate(["", "\0", "ß" * 300, " ", 17, ["x"], None]):
        said = claims(email=name, preferred_username=name, name=name)
        assert identities.by_subject(f"https://x {number}", said).role == "user"
    assert identities.by_subject("https://x \0", claims()) is None


def test_a_login_without_a_time_is_none(identities: Identities) -> None:
    for iat in (None, "now", True, float("nan"), 1e30, 0, NOON.timestamp() + 121):
        assert identities.by_subject(SUBJECT, claims(iat=iat)) is None
    without = {name: value for name, value in claims().items() if name != "iat"}
    assert identities.by_subject(SUBJECT, without) is None
    assert identities.by_subject("x" * 401, claims()) is None


@pytest.mark.usefixtures("ann")
def test_a_providers_login_ends_like_any_other(
    identities: Identities, database: Database, clock: Clock
) -> None:
    eve = identities.by_subject(SUBJECT, claims())
    assert not identities.is_disabled(SUBJECT)
    identities.log_out(eve)
    assert identities.by_subject(SUBJECT, claims()) is None
    clock.later(seconds=5)
    later = claims(iat=clock().timestamp())
    assert identities.by_subject(SUBJECT, later).user_id == eve.user_id
    with database.transaction() as db:
        users.set_disabled(db, user_id=eve.user_id, disabled=True)
    assert identities.by_subject(SUBJECT, later) is None
    assert identities.is_disabled(SUBJECT)
    with database.transaction() as db:
        users.set_disabled(db, user_id=eve.user_id, disabled=False)
        users.log_out_everywhere(db, user_id=eve.user_id, now=clock() + timedelta(seconds=1))
    assert identities.by_subject(SUBJECT, later) is None
    clock.later(seconds=5)
    latest = claims(iat=clock().timestamp())
    assert identities.by_subject(SUBJECT, latest)
    clock.later(days=1)
    assert identities.by_subject(SUBJECT, latest) is None


@pytest.mark.usefixtures("ann")
def test_whoever_was_removed_has_to_log_in_again(
    identities: Identities, database: Database, clock: Clock
) -> None:
    eve = identities.by_subject(SUBJECT, claims())
    clock.later(hours=1)
    with database.transaction() as db:
        users.remove(db, user_id=eve.user_id)
    assert identities.by_subject(SUBJECT, claims()) is None
    new = identities.by_subject(SUBJECT, claims(iat=clock().timestamp()))
    assert new.user_id != eve.user_id
