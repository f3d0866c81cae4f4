"""The log of a turn: numbers, waiting, listeners."""

from __future__ import annotations

import threading

from chat.events import Done, Status, Token
from chat.log import EventLog

DONE = Done("s", 1, "complete")


def test_events_are_numbered_from_one() -> None:
    log = EventLog()
    events = [Token(str(n)) for n in range(5)]
    for event in events:
        log.append(event)
    assert log.after(0) == events
    assert log.after(3) == events[3:]
    assert log.after(5) == log.after(99) == []


def test_waiting_ends_with_an_event_the_end_or_the_time() -> None:
    log = EventLog()
    assert not log.wait(0, 0.001)
    log.append(Status("x"))
    assert log.wait(0, 0)
    assert not log.wait(1, 0.001)
    assert not log.closed
    log.append(DONE)
    assert log.closed
    assert log.wait(2, 20)


def test_readers_in_other_threads_get_each_event_once() -> None:
    log = EventLog()
    got: list[list[str]] = []

    def read() -> None:
        mine: list[str] = []
        number = 0
        while not (log.closed and number == len(log.after(0))):
            log.wait(number, 20)
            new = log.after(number)
            number += len(new)
            mine += [event.content for event in new if isinstance(event, Token)]
        got.append(mine)

    readers = [threading.Thread(target=read) for _ in range(8)]
    for reader in readers:
        reader.start()
    for n in range(5000):
        log.append(Token(str(n)))
    log.append(DONE)
    for reader in readers:
        reader.join(20)
    assert got == [[str(n) for n in range(5000)]] * 8
