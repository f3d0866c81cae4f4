"""What guests may use up, at the one place that both doors go through."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from chat.config import Settings
from chat.errors import InvalidInput, TooMany
from chat.limits.words import expiry
from store import sessions
from store.session_values import NewSession
from store.values import SessionKey
from tests.chat.limits.conftest import ANN, GUEST, Houses


def test_messages_an_hour(houses: Houses) -> None:
    house = houses(guest_messages_per_hour=3)
    first = house.send()
    house.clock.later(minutes=20)
    house.send("two", idempotency_key="k")
    assert house.send("two", idempotency_key="k").repeated  # asks nobody
    house.again(first)
    before = house.count()
    with pytest.raises(TooMany) as refused:
        house.send()
    assert refused.value.retry_after == 2400
    assert str(refused.value) == "Guests may send 3 messages an hour. Go on in 40 minutes."
    with pytest.raises(TooMany):
        house.again(first)
    with pytest.raises(TooMany):
        house.send("new")
    assert house.count() == before
    house.send(user_id="guest2", address="192.0.2.8")
    house.clock.later(minutes=40)
    house.send()
    with pytest.raises(TooMany):
        house.send()


def test_what_is_removed_or_copied_counts_as_it_was(houses: Houses) -> None:
    house = houses(guest_messages_per_hour=3)
    house.send()
    house.send("two")
    house.duplicate("one")
    for name in ("one", "two"):
        house.purge(name)
    house.send("three")
    with pytest.raises(TooMany):
        house.send("three")


def test_sessions_those_in_the_trash_included(houses: Houses) -> None:
    house = houses(guest_sessions=2)
    one, two = SessionKey(GUEST, "one"), SessionKey(GUEST, "two")
    house.send("one")
    house.send("two")
    house.sessions.trash([one])
    for work in (
        lambda: house.send("three"),
        house.new,
        lambda: house.duplicate("two"),
        lambda: house.sessions.branch(two, 1),
    ):
        with pytest.raises(TooMany) as refused:
            work()
        assert "2 chats, those in the trash included" in str(refused.value)
        assert refused.value.retry_after == 3600
    house.send("two")
    assert not house.sessions.create(two, NewSession())[1]
    house.sessions.restore(one)
    house.purge("one")
    house.send("three")


def test_a_lower_cap_later_keeps_what_is_there(houses: Houses) -> None:
    house = houses()
    for name in ("one", "two", "three"):
        house.send(name)
    lower = houses(guest_sessions=1)
    lower.send("three")
    with pytest.raises(TooMany):
        lower.send("four")


def test_length_of_what_the_model_reads(houses: Houses) -> None:
    house = houses(guest_message_max_chars=10)
    house.send(content="x" * 10)
    with pytest.raises(InvalidInput, match=r"message has 11 characters.*at most 10"):
        house.send(content="x" * 11)
    house.sessions.set_parameter(SessionKey(GUEST, "one"), "system_prompt", "x" * 11)
    with pytest.raises(InvalidInput, match="system prompt has 11"):
        house.send()
    assert house.count() == 2


def test_nobody_else_is_limited(houses: Houses) -> None:
    house = houses(guest_messages_per_hour=1, guest_sessions=1, guest_message_max_chars=1)
    for name in ("one", "two", "three"):
        house.send(name, "more than one", user_id=ANN)
    assert house.count(ANN) == 6


def test_two_at_once_are_still_within_the_caps(houses: Houses) -> None:
    house = houses(guest_messages_per_hour=3)
    other = houses(guest_messages_per_hour=3)  # another process

    def attempt(number: int) -> bool:
        try:
            (house, other)[number % 2].send(f"session{number % 5}", content=str(number))
        except TooMany:
            return False
        return True

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(attempt, range(16))) == 3
    assert house.count() == 6


def test_two_new_sessions_at_once_are_still_within_the_cap(houses: Houses) -> None:
    house = houses(guest_sessions=2)
    other = houses(guest_sessions=2)

    def attempt(number: int) -> bool:
        try:
            (house, other)[number % 2].new()
        except TooMany:
            return False
        return True

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(attempt, range(16))) == 2


def test_copying_while_sending_waits_for_its_turn(houses: Houses) -> None:
    house = houses(guest_sessions=100, guest_messages_per_hour=100)
    house.send("one")

    def either(number: int) -> None:
        if number % 2:
            house.send("one")
        else:
            house.duplicate("one")

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(either, range(24)))
    with house.database.reading() as db:
        assert sessions.count(db, user_id=GUEST) == 13


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        *((3600, "an hour"), (7200, "2 hours"), (5400, "90 minutes"), (60, "a minute")),
        *((90, "90 seconds"), (86_400, "a day"), (604_800, "7 days"), (None, "an hour")),
    ],
)
def test_the_page_says_when_chats_go(seconds: int | None, words: str) -> None:
    settings = Settings(auth="guest", session_ttl=seconds)
    sentence = f"Guest chats are deleted {words} after the last message."
    assert expiry(settings, is_guest=True) == sentence
    assert expiry(settings, is_guest=False) == ""


def test_it_says_so_to_everybody_when_everybodys_go() -> None:
    assert expiry(Settings(auth="password"), is_guest=False) == ""
    settings = Settings(auth="password", session_ttl=3600)
    sentence = "Chats are deleted an hour after the last message."
    assert expiry(settings, is_guest=False) == sentence


def test_another_model_for_one_version_is_one_of_theirs(houses: Houses) -> None:
    house = houses(guest_models=["small"])
    asked = house.send()
    house.ended(asked.answer)
    again, key = house.parts.turns.answer_again, SessionKey(GUEST, "one")
    with pytest.raises(InvalidInput, match="Guests may not use the model"):
        again(key, asked.answer.id, model="large")
    assert house.ended(again(key, asked.answer.id, model="small")).versions
