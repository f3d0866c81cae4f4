"""Budgets of one address, of the whole demo, and of users; in two processes, on both databases."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import func, select

from chat.errors import InvalidInput, TooMany
from chat.limits.report import notice, used_by_all
from chat.profiles.analyses import AnalysisRequest
from store.budgets import Used
from store.session_values import NewSession
from store.tables import budgets
from store.values import SessionKey
from tests.chat.limits.conftest import ANN, GUEST, House, Houses
from tests.model_script import Gate, Script, Text
from tests.scripted_model import ScriptedModel

HERE, THERE = "192.0.2.7", "192.0.2.8"
GUESTS = (GUEST, "guest2", "guest3")


def test_new_cookies_of_one_address_get_no_more_than_one_guest(houses: Houses) -> None:
    house = houses(guest_messages_per_hour=3)
    for guest in GUESTS:
        house.send(user_id=guest, address=HERE)
    for guest in GUESTS:
        with pytest.raises(TooMany) as refused:
            house.send(user_id=guest, address=HERE)
        assert str(refused.value) == (
            "Guests may send 3 messages an hour from one address. Go on in an hour."
        )
        assert refused.value.retry_after == 3600
    house.send(user_id=GUEST, address=THERE)
    house.clock.later(hours=1)
    house.send(user_id=GUEST, address=HERE)


def test_an_ipv6_network_of_one_subscriber_is_one_address(houses: Houses) -> None:
    house = houses(guest_messages_per_hour=2)
    house.send(user_id=GUEST, address="2001:db8:1:2::1")
    house.send(user_id="guest2", address="2001:db8:1:2:ffff::9")
    with pytest.raises(TooMany, match="from one address"):
        house.send(user_id="guest3", address="2001:db8:1:2:3:4:5:6")
    house.send(user_id="guest3", address="2001:db8:1:3::1")


def test_who_says_no_address_shares_one(houses: Houses) -> None:
    house = houses(guest_messages_per_hour=2)
    house.send(user_id=GUEST)
    house.send(user_id="guest2")
    with pytest.raises(TooMany, match="from one address"):
        house.send(user_id="guest3")


def test_all_guests_together(houses: Houses) -> None:
    house = houses(guest_all_messages_per_hour=2)
    limits = house.parts.limits
    house.send(user_id=GUEST, address=HERE)
    house.clock.later(minutes=20)
    assert notice(limits, "guest") == ""
    house.send(user_id="guest2", address=THERE)
    with pytest.raises(TooMany) as refused:
        house.send(user_id="guest3", address="192.0.2.9")
    assert str(refused.value) == (
        "This demo's budget is used up: all its guests together may send 2 messages an hour. "
        "Go on in 40 minutes."
    )
    assert refused.value.retry_after == 2400
    assert "It goes on in 40 minutes" in notice(limits, "guest")
    assert notice(limits, "user") == ""
    assert dict(used_by_all(limits))["All guests, the last hour"].startswith("2 of 2 messages")
    house.send(user_id=ANN)
    house.clock.later(minutes=40)
    assert notice(limits, "guest") == ""
    house.send(user_id="guest3", address="192.0.2.9")


def test_two_processes_count_the_same_address(houses: Houses) -> None:
    two = houses(guest_messages_per_hour=3), houses(guest_messages_per_hour=3)

    def attempt(number: int) -> bool:
        try:
            two[number % 2].send(f"s{number}", user_id=GUESTS[number % 3], address=HERE)
        except TooMany:
            return False
        return True

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(attempt, range(18))) == 3


def gated(model: ScriptedModel, number: int) -> list[Gate]:
    """So many answers that wait in their middle."""
    gates = [Gate() for _ in range(number)]
    model.queue(*(Script([Text("a "), gate, Text("b")]) for gate in gates))
    return gates


def test_answers_at_once(houses: Houses, model: ScriptedModel) -> None:
    house = houses(openai_base_url=model.base_url, model="scripted-1", guest_answers_at_once=2)
    gates = gated(model, 3)
    first = house.send("one", address=HERE)
    house.send("one", "this one waits", address=HERE)
    house.send("two", user_id="guest2", address=HERE)
    with pytest.raises(TooMany) as refused:
        house.send("three", user_id="guest3", address=HERE)
    assert "2 answers at once" in str(refused.value)
    assert refused.value.retry_after == 10
    house.send("one", "another that waits", address=HERE)
    house.send("three", user_id="guest3", address=THERE)
    assert dict(used_by_all(house.parts.limits))["All guests, answers now"] == "3 of 30"
    for gate in gates:
        gate.opened.set()
    house.ended(first.answer)


def send_file(house: House, size: int) -> None:
    wanted = AnalysisRequest("file", "mine", upload=("a.csv", b"x" * size))
    house.parts.analyses.start(SessionKey(GUEST, "one"), wanted, new=NewSession())


def test_files_are_counted_by_their_bytes(houses: Houses) -> None:
    house = houses(guest_file_bytes_per_hour=1_000)
    send_file(house, 600)
    with pytest.raises(TooMany, match="an hour"):
        send_file(house, 600)
    with pytest.raises(InvalidInput, match="Use at most"):
        send_file(house, 1_001)
    send_file(house, 400)
    assert house.used(f"guest:{GUEST}") == Used(messages=2, file_bytes=1_000)


def test_users_have_no_limits_unless_they_are_set(houses: Houses) -> None:
    house = houses()
    for number in range(40):
        house.send(f"s{number}", user_id=ANN)
    assert house.used(f"user:{ANN}") == Used()


def test_users_and_administrators_have_limits_of_their_own(houses: Houses) -> None:
    house = houses(auth="password", user_messages_per_day=2, admin_messages_per_day=1)
    for _ in range(2):
        house.send(user_id=ANN)
    with pytest.raises(TooMany) as refused:
        house.send(user_id=ANN)
    assert str(refused.value) == "You may send 2 messages a day. Go on in a day."
    house.send(user_id="root")
    with pytest.raises(TooMany, match="As an administrator you may send 1 message a day"):
        house.send(user_id="root")


def test_all_users_together(houses: Houses) -> None:
    house = houses(auth="password", user_all_messages_per_hour=2)
    house.send(user_id=ANN)
    house.send(user_id="root")
    with pytest.raises(TooMany, match="All people here together"):
        house.send(user_id=ANN)


def rows(house: House) -> int:
    """How many there are to count with."""
    with house.database.reading() as db:
        return db.scalar(select(func.count()).select_from(budgets)) or 0


def test_what_is_old_is_forgotten(houses: Houses) -> None:
    house = houses()
    house.send(address=HERE)
    house.clock.later(days=1, hours=2)
    house.parts.limits.forget()
    assert rows(house) == 0


def test_counting_does_not_grow_with_the_use(houses: Houses) -> None:
    house = houses(guest_messages_per_hour=1_000, guest_answers_at_once=100)
    for number in range(30):
        house.send(f"s{number % 5}", address=HERE)
    assert rows(house) == 3


def test_the_offline_model_answers_when_the_demo_has_nothing_left(
    houses: Houses, model: ScriptedModel
) -> None:
    house = houses(
        openai_base_url=model.base_url,
        model="scripted-1",
        guest_all_messages_per_hour=1,
        guest_fallback=True,
    )
    assert house.answered("one", address=HERE).model == "scripted-1"
    assert "offline model answers" in notice(house.parts.limits, "guest")
    answer = house.answered("two", user_id="guest2", address=THERE)
    assert (answer.status, len(model.requests)) == ("complete", 1)
    assert answer.model != "scripted-1"
    assert house.used("guest_all:").messages == 1
    assert house.used("guest:guest2").messages == 1
    house.clock.later(hours=1)
    assert house.answered("two", user_id="guest2", address=THERE).model == "scripted-1"


def test_the_offline_model_takes_no_more_files(houses: Houses) -> None:
    limits = {"guest_all_messages_per_hour": 1, "guest_all_file_bytes_per_hour": 1_000}
    house = houses(guest_fallback=True, **limits)
    house.send(address=HERE)
    send_file(house, 600)
    assert house.used("guest_all:") == Used(messages=1, file_bytes=600)
    with pytest.raises(TooMany, match="all its guests together may send"):
        send_file(house, 600)
    send_file(house, 400)
    assert house.used("guest_all:") == Used(messages=1, file_bytes=1_000)
