"""Temporary chats on screens that are left."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest

from chat.loop import Loop
from chat.temporary import Temporary
from store.errors import ReadOnly, StorageUnavailable
from store.values import SessionKey
from tests.waiting import until

ONE, TWO = SessionKey("ann", "one"), SessionKey("ann", "two")


@pytest.fixture
def loop() -> Iterator[Loop]:
    made = Loop()
    made.start()
    yield made

    async def nothing() -> None:
        pass

    made.close(nothing)
    made.wait()


def test_what_is_on_no_screen_any_more_goes_and_again_when_it_failed(loop: Loop) -> None:
    asked: list[SessionKey] = []
    answers = [StorageUnavailable("away"), False, True]

    def close(key: SessionKey) -> bool:
        asked.append(key)
        answer = answers[len(asked) - 1]
        if isinstance(answer, Exception):
            raise answer
        return answer

    shown, looked = {ONE}, threading.Event()

    def on_screen() -> set[SessionKey]:
        looked.set()
        return set(shown)

    watched = Temporary(loop, close, look_seconds=0.001, away_seconds=0.001)
    watched.watch(ONE, on_screen)
    watched.watch(ONE, on_screen)
    looked.wait()
    assert asked == []
    shown.clear()
    until(lambda: asked == [ONE] * 3)
    until(lambda: not watched._away)


def test_while_it_is_read_only_it_stays_and_nobody_is_warned(
    loop: Loop, caplog: pytest.LogCaptureFixture
) -> None:
    asked: list[SessionKey] = []

    def close(key: SessionKey) -> bool:
        asked.append(key)
        if len(asked) < 4:
            raise ReadOnly.saying("Read only for maintenance.")
        return True

    watched = Temporary(loop, close, look_seconds=0.001, away_seconds=0.001)
    watched.watch(ONE, set)
    until(lambda: not watched._away)
    assert len(asked) == 4
    assert caplog.records == []


def test_what_is_away_for_a_moment_stays(loop: Loop) -> None:
    closed: list[SessionKey] = []
    looks: list[int] = []

    def on_screen() -> set[SessionKey]:
        looks.append(len(looks))
        return {TWO} if len(looks) % 2 else set()

    def close(key: SessionKey) -> bool:
        closed.append(key)
        return True

    watched = Temporary(loop, close, look_seconds=0.001, away_seconds=60)
    watched.watch(ONE, on_screen)
    watched.watch(TWO, on_screen)
    until(lambda: len(looks) > 20)
    assert closed == []
