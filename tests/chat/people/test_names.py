"""Names of new people: none that looks like another's, or like nothing; old ones stay."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as some

from chat.config import Settings
from chat.errors import InvalidInput
from chat.people.accounts import Accounts
from chat.people.hashing import password_hash
from chat.people.names import NAME_MAX, new_name
from store import users
from store.database import Database
from store.errors import Conflict, Refused
from tests.store.samples import NOON

GOOD = "correct horse"
LOOKS_LIKE_ALICE = [
    *("alice\u200b", "al\u200dice", "alice\u00ad", "\u202ealice", "ali\u2066ce", "alice\ufeff"),
    *("аlice", "aliсe", "alicе", "αlice", "al\nice", "al\r\nice", "al\tice", "al\u2028ice"),
    *("al\u034fice", "alice\ufe0f", "alice\U000e0100", "alice\u115f", "al\u3164ice", "ali\x07ce"),
    *("al\u00a0\u200bice", "alice\u2800", "alice\U000e0061", "alice\x7f"),
]
SAME_AS_ALICE = [
    "ALICE",
    " alice ",
    "ａｌｉｃｅ",
    "Ａlice",
    "𝐚𝐥𝐢𝐜𝐞",
    "ⓐlice",
    "alice\u2003",
    "alice\n",
]
OTHER_SCRIPTS = [
    *(
        "алиса",
        "αλίκη",
        "アリス",
        "ありす",
        "有栖 アリス ー々",
        "앨리스",
        "李小龍",
        "אליס",
        "آلیس ۵",
        "أليس",
    ),
    *("एलिस", "อลิซ", "zoë", "strauß", "o'brien", "a.b-c_d+1@example.org", "爱丽丝 123", "françois"),
]


@pytest.mark.parametrize("name", LOOKS_LIKE_ALICE, ids=ascii)
def test_look_alikes_are_refused(name: str) -> None:
    with pytest.raises(InvalidInput, match="username"):
        new_name(name)


@pytest.mark.parametrize("name", SAME_AS_ALICE, ids=ascii)
def test_what_is_the_same_is_the_same(name: str) -> None:
    assert new_name(name) == "alice"


@pytest.mark.parametrize("name", OTHER_SCRIPTS, ids=ascii)
def test_names_of_all_scripts_are_names(name: str) -> None:
    assert new_name(name) == new_name(new_name(name))


@pytest.mark.parametrize(
    "name", ["", "   ", "\u3000", "x" * 65, "ﷺ" * 4, "ß" * 33, "x" * 9_000_000]
)
def test_lengths_that_will_not_do(name: str) -> None:
    with pytest.raises(InvalidInput, match=f"1 to {NAME_MAX}"):
        new_name(name)
    assert new_name("x" * NAME_MAX)


@given(some.text(max_size=70))
def test_what_is_kept_is_seen_and_stays_as_it_is(text: str) -> None:
    try:
        name = new_name(text)
    except (InvalidInput, Refused):
        return
    assert 0 < len(name) <= NAME_MAX
    assert new_name(name) == name == unicodedata.normalize("NFKC", name)
    assert not {unicodedata.category(char) for char in name} & {"Cc", "Cf", "Cn", "Co", "Zl", "Zp"}


@pytest.fixture
def accounts(database_url: str, database: Database) -> Accounts:
    settings = Settings(database_url=database_url, auth="password", registration="open")
    return Accounts(settings, database, rounds=4)


def log_in(accounts: Accounts, name: str, number: int) -> str | None:
    found = accounts.check_password(username=name, password=GOOD, address=f"10.0.0.{number}")
    return found and found.id


def test_names_from_before_stay_and_log_in(accounts: Accounts, database: Database) -> None:
    kept = ["ａnn", "аnn", "ann\u200b", "x" * 200, "two  words"]
    with database.transaction() as db:
        made = [
            users.create(db, username=name, password_hash=password_hash(GOOD, 4), now=NOON)
            for name in kept
        ]
    ann = accounts.register(username="Ａnn", password=GOOD, address="10.0.0.1")
    for number, (name, user) in enumerate(zip(kept, made, strict=True)):
        assert log_in(accounts, name, number) == user.id
    for number, name in enumerate(("ann", "ANN", "Ａｎｎ")):
        assert log_in(accounts, name, number) == ann.id


def test_nobody_registers_or_sets_up_as_a_look_alike(accounts: Accounts) -> None:
    code = accounts.new_setup_code()
    for name in LOOKS_LIKE_ALICE:
        with pytest.raises(InvalidInput):
            accounts.register(username=name, password=GOOD, address="10.0.0.1")
        with pytest.raises(InvalidInput):
            accounts.set_up(
                code=code, username=name, password=GOOD, address="10.0.0.1", hand_over=False
            )
    accounts.register(username="alice", password=GOOD, address="10.0.0.1")
    for number, name in enumerate(SAME_AS_ALICE):
        with pytest.raises(Conflict):
            accounts.register(username=name, password=GOOD, address=f"10.0.0.{number}")
