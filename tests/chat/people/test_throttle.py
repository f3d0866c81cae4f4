"""Guessing gets slower and slower, and being right ends that."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from chat.errors import TooMany
from chat.people.throttle import FREE, LONGEST_SECONDS, Throttle


class Clock:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def throttle(clock: Clock) -> Throttle:
    return Throttle(clock=clock)


def wait(throttle: Throttle, *keys: str) -> float:
    """How long one has to wait; an attempt that need not is none."""
    try:
        throttle.count(*keys)
    except TooMany as refused:
        return refused.retry_after
    throttle.give_back(*keys)
    return 0.0


def test_the_wait_doubles(throttle: Throttle, clock: Clock) -> None:
    waits = []
    for _ in range(FREE + 11):
        throttle.count("ann", "1.2.3.4")
        waits.append(wait(throttle, "ann"))
        clock.now += waits[-1]
    assert waits[: FREE - 1] == [0.0] * (FREE - 1)
    assert waits[FREE - 1 :] == [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 900, 900]
    assert waits[-1] == LONGEST_SECONDS


def test_each_key_counts(throttle: Throttle) -> None:
    for number in range(FREE):
        throttle.count(f"user {number}", "address")
    assert wait(throttle, "user 0") == 0
    assert wait(throttle, "user 0", "address") == 1
    with pytest.raises(TooMany, match="Try again in 1 s"):
        throttle.count("address")


def test_of_many_at_once_only_the_free_ones_are_looked_at(throttle: Throttle) -> None:
    def attempt(_: int) -> bool:
        try:
            throttle.count("ann")
        except TooMany:
            return False
        return True

    with ThreadPoolExecutor(20) as pool:
        assert sum(pool.map(attempt, range(20))) == FREE


def test_what_is_refused_is_not_counted(throttle: Throttle, clock: Clock) -> None:
    for _ in range(FREE):
        throttle.count("ann")
    for _ in range(50):
        assert wait(throttle, "ann", "address") == 1
    assert wait(throttle, "address") == 0
    clock.now += 1
    throttle.count("ann")
    assert wait(throttle, "ann") == 2


def test_being_right_takes_back_ones_own_attempt_only(throttle: Throttle) -> None:
    for _ in range(FREE - 1):
        throttle.count("address")
    for _ in range(9):
        throttle.count("address")
        throttle.give_back("address")
    throttle.count("address")
    assert wait(throttle, "address") == 1
    throttle.give_back("nobody counted this")


def test_success_and_time_forget(throttle: Throttle, clock: Clock) -> None:
    for _ in range(FREE):
        throttle.count("ann", "bob")
    throttle.forget("ann")
    assert (wait(throttle, "ann"), wait(throttle, "bob")) == (0, 1)
    clock.now += 3601
    throttle.count("bob")
    assert wait(throttle, "bob") == 0


def test_memory_has_an_end(clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    """Also of keys that are all new, and of keys of any length."""
    monkeypatch.setattr("chat.people.throttle.KEYS_MAX", 10)
    throttle = Throttle(clock=clock)
    for number in range(50):
        throttle.count(f"{number} {'x' * 100_000}")
    for _ in range(FREE):
        throttle.count("\ud800" * 100)
    assert len(throttle._records) == 10
    assert max(map(len, throttle._records)) <= 64
    assert wait(throttle, "\ud800" * 100) == 1
    assert wait(throttle, "\ud800" * 101) == 0
