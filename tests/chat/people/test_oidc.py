"""Users of a login provider: only issuer and id say who it is; their logins end as others do."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import timedelta
from typing import Any

import pytest

from chat.config import Settings
from chat.errors import Forbidden, NotSignedIn, TooMany
from chat.people.accounts import Accounts
from chat.people.identity import Identities
from chat.people.names import new_name
from chat.people.throttle import FREE
from store import users
from store.database import Database
from store.values import User
from tests.chat.clock import NOON, Clock
from tests.logins import login_of

SUBJECT = "https://login.example.org 17"


@pytest.fixture
def clock() -> Clock:
    return Clock()


Make = Callable[..., tuple[Identities, Accounts]]


@pytest.fixture
def make(database: Database, database_url: str, clock: Clock) -> Make:
    """The parts of a process, with settings of its own."""

    def made(registration: str = "open", **more: Any) -> tuple[Identities, Accounts]:
        given = {"auth": "oidc", "login_days": 1, "registration": registration, **more}
        settings = Settings(database_url=database_url, **given)
        return Identities(settings, database, now=clock), Accounts(settings, database, now=clock)

    return made


@pytest.fixture
def identities(make: Make) -> Identities:
    """Where everybody may come in."""
    return make()[0]


@pytest.fixture
def ann(database: Database) -> User:
    """Another user, an administrator."""
    with database.transaction() as db:
        return users.create(db, username="Ann", subject="https://x ann", role="admin", now=NOON)


def claims(**changes: Any) -> dict[str, Any]:
    known = {"iat": NOON.timestamp(), "nonce": "n", "email": "Eve@example.org", "name": "Eve"}
    return {**known, "email_verified": True, **changes}


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


@pytest.mark.parametrize("registration", ["closed", "invite", "open"])
def test_the_first_stranger_is_nobody_without_the_setup_code(
    make: Make, database: Database, registration: str
) -> None:
    identities, accounts = make(registration)
    code = accounts.new_setup_code()
    assert identities.by_subject(SUBJECT, claims()) is None
    assert identities.provider.standing(SUBJECT, claims()) == "set up"
    login = identities.provider.newcomer(SUBJECT, claims())
    for guess in ("", "guess", "x" * 1_000_000):
        with pytest.raises(Forbidden, match="wrong, used or expired"):
            accounts.join(login, code=guess, address="10.0.0.1")
    assert accounts.needs_setup()
    accounts.join(login, code=f" {code} ", address="10.0.0.1", hand_over=True)
    eve = identities.by_subject(SUBJECT, claims())
    assert (eve.username, eve.role) == ("eve@example.org", "admin")
    assert not accounts.needs_setup()
    late = identities.provider.newcomer("https://x 2", claims())
    with pytest.raises(Forbidden):
        accounts.join(late, code=code, address="10.0.0.1")


def test_of_many_with_the_setup_code_one_is_administrator(make: Make) -> None:
    identities, accounts = make()
    code = accounts.new_setup_code()

    def come(number: int) -> str:
        login = identities.provider.newcomer(f"https://x {number}", claims(email=None))
        with suppress(Forbidden):
            return str(accounts.join(login, code=code, address=f"10.0.0.{number}").role)
        return "nobody"

    with ThreadPoolExecutor(4) as pool:
        assert sorted(pool.map(come, range(4))) == ["admin", "nobody", "nobody", "nobody"]


def test_who_has_a_password_does_not_keep_the_provider_from_being_set_up(
    make: Make, database: Database
) -> None:
    with database.transaction() as db:
        users.create(db, username="root", password_hash="x", role="admin")
    _, by_provider = make("closed")
    _, by_password = make("closed", auth="password")
    assert by_provider.needs_setup()
    assert not by_password.needs_setup()


def test_strangers_stay_out_where_registration_is_closed(
    make: Make, database: Database, ann: User
) -> None:
    identities, accounts = make("closed")
    invited = accounts.new_invitation(login_of(ann), role="admin")
    assert identities.by_subject(SUBJECT, claims()) is None
    assert identities.provider.standing(SUBJECT, claims()) == "closed"
    with pytest.raises(Forbidden, match="closed"):
        accounts.join(identities.provider.newcomer(SUBJECT, claims()), code=invited, address="x")
    with database.reading() as db:
        assert [user.username for user in users.listed(db)] == ["ann"]
    assert identities.by_subject("https://x ann", claims()).user_id == ann.id


def test_an_invitation_lets_one_in(make: Make, ann: User, clock: Clock) -> None:
    identities, accounts = make("invite", oidc_domains="example.com")
    code = accounts.new_invitation(login_of(ann))
    assert identities.by_subject(SUBJECT, claims()) is None
    assert identities.provider.standing(SUBJECT, claims()) == "code"
    login = identities.provider.newcomer(SUBJECT, claims())
    assert accounts.join(login, code=code, address="10.0.0.1").role == "user"
    assert identities.by_subject(SUBJECT, claims()).username == "eve@example.org"
    other = identities.provider.newcomer("https://x 2", claims())
    with pytest.raises(Forbidden, match="used"):
        accounts.join(other, code=code, address="10.0.0.1")
    clock.later(minutes=11)
    assert identities.provider.newcomer("https://x 3", claims()) is None
    assert identities.provider.standing("https://x 3", claims()) == "ended"
    with pytest.raises(NotSignedIn, match="not new enough"):
        accounts.join(None, code=code, address="10.0.0.1")


def test_guessing_an_invitation_is_slowed_down(make: Make, ann: User) -> None:
    identities, accounts = make("invite")
    login = identities.provider.newcomer(SUBJECT, claims())
    for _ in range(FREE):
        with pytest.raises(Forbidden):
            accounts.join(login, code="guess", address="10.0.0.1")
    with pytest.raises(TooMany):
        accounts.join(login, code=accounts.new_invitation(login_of(ann)), address="10.0.0.1")


@pytest.mark.usefixtures("ann")
def test_only_verified_addresses_of_the_domains_come_in(make: Make) -> None:
    identities, _ = make("open", oidc_domains="example.com, Example.org")
    refused = [
        {"email_verified": False},
        {"email_verified": "false"},
        {"email_verified": None},
        {"email": "eve@example.net"},
        {"email": "eve@sub.example.org"},
        {"email": "eve@example.org.evil.example"},
        {"email": "eve@example.org@evil.example"},
        {"email": "example.org"},
        {"email": "@example.org"},
        {"email": "mallory@evil.example@example.org"},
        {"email": None},
        {"email": ["eve@example.org"]},
    ]
    for number, said in enumerate(refused):
        assert identities.by_subject(f"https://x {number}", claims(**said)) is None, said
        assert identities.provider.standing(f"https://x {number}", claims(**said)) == "code"
    for number, email in enumerate(("eve@example.com", "Eve@EXAMPLE.ORG")):
        assert identities.by_subject(f"https://y {number}", claims(email=email)).role == "user"


@pytest.mark.usefixtures("ann")
@pytest.mark.parametrize("sign", ["@", "\uff20", "\ufe6b"])
def test_an_address_that_nobody_verified_is_no_name(identities: Identities, sign: str) -> None:
    """Whoever calls themselves so at their provider is not the one of that name."""
    address = f"ceo{sign}your-company.example"
    said = {"email": address, "preferred_username": address}
    mallory = identities.by_subject(SUBJECT, claims(email_verified=False, **said))
    assert mallory.username == "eve"
    with identities._database.reading() as db:
        assert users.get(db, user_id=mallory.user_id).email is None


def test_an_email_is_no_identity(identities: Identities, ann: User) -> None:
    eve = identities.by_subject(SUBJECT, claims(email="ann", preferred_username="ann"))
    assert eve.user_id != ann.id
    assert eve.username == "eve"
    other = identities.by_subject("https://evil.example 17", claims(email="ann", name="ann"))
    assert other.user_id not in (ann.id, eve.user_id)
    assert other.username.startswith("ann ")


@pytest.mark.usefixtures("ann")
def test_a_providers_names_are_as_plain_as_others(identities: Identities) -> None:
    odd = ["аnn", "ann\u200b", "ann\n", "\u202enna", "ａｎｎ", "x" * 70]
    for number, name in enumerate(odd):
        said = claims(email=None, preferred_username=name, name=name)
        found = identities.by_subject(f"https://x {number}", said).username
        assert found != "ann"
        assert new_name(found) == found


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
    identities.log_out(eve)
    assert identities.by_subject(SUBJECT, claims()) is None
    assert identities.provider.standing(SUBJECT, claims()) == "ended"
    clock.later(seconds=5)
    later = claims(iat=clock().timestamp())
    assert identities.by_subject(SUBJECT, later).user_id == eve.user_id
    with database.transaction() as db:
        users.set_disabled(db, user_id=eve.user_id, disabled=True)
    assert identities.by_subject(SUBJECT, later) is None
    assert identities.provider.standing(SUBJECT, later) == "disabled"
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
def test_a_page_token_is_good_for_as_long_as_the_login_it_was_made_by(
    identities: Identities, database: Database, clock: Clock
) -> None:
    eve = identities.by_subject(SUBJECT, claims())
    assert identities.by_token(identities.page_token(eve)) == eve
    clock.later(seconds=1)
    with database.transaction() as db:
        users.log_out_everywhere(db, user_id=eve.user_id, now=clock())
    clock.later(seconds=1)
    assert identities.by_token(identities.page_token(eve)) is None


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
