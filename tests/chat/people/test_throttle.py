"""Guessing gets slower and slower, and being right ends that."""

from __future__ import annotations

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
    try:
        throttle.check(*keys)
    except TooMany as refused:
        return refused.retry_after
    return 0.0


def test_the_wait_doubles(throttle: Throttle, clock: Clock) -> None:
    waits = []
    for _ in range(FREE + 12):
        throttle.failed("ann", "1.2.3.4")
        waits.append(wait(throttle, "ann"))
        clock.now += waits[-1]
    assert waits[:FREE] == [0.0] * FREE
    assert waits[FREE:] == [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 900, 900]
    assert waits[-1] == LONGEST_SECONDS


def test_each_key_counts(throttle: Throttle) -> None:
    for number in range(FREE + 1):
        throttle.failed(f"user {number}", "address")
    assert wait(throttle, "user 0") == 0
    assert wait(throttle, "user 0", "address") == 1
    with pytest.raises(TooMany, match="Try again in 1 s"):
        throttle.check("address")


def test_success_and_time_forget(throttle: Throttle, clock: Clock) -> None:
    for _ in range(FREE + 3):
        throttle.failed("ann", "bob")
    throttle.succeeded("ann")
    assert (wait(throttle, "ann"), wait(throttle, "bob")) == (0, 4)
    clock.now += 3601
    throttle.failed("bob")
    assert wait(throttle, "bob") == 0


def test_memory_has_an_end(clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("chat.people.throttle.KEYS_MAX", 10)
    throttle = Throttle(clock=clock)
    for number in range(20):
        throttle.failed(str(number))
        clock.now += 1000
    assert len(throttle._records) <= 11
