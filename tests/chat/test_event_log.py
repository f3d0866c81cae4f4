"""The log of a turn: numbers, and waiting in threads and on loops."""

from __future__ import annotations

import asyncio
import threading
from contextlib import aclosing, suppress

import pytest

from chat import event_log
from chat.event_log import EventLog
from chat.events import Done, Status, Token

DONE = Done("s", 1, "complete")


async def more(log: EventLog, number: int, *, ticks: int | None = None) -> bool:
    """Wait without a thread until there is an event after that number; so many ticks at most."""
    async with aclosing(log.batches(number)) as batches:
        async for batch in batches:
            if batch:
                return True
            if ticks is not None and (ticks := ticks - 1) == 0:
                return False
    return log.closed


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


def test_waiting_without_a_thread_ends_in_the_same_ways(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(event_log, "TICK_SECONDS", 0.001)
    log = EventLog()

    async def wait() -> list[bool]:
        found = [await more(log, 0, ticks=1)]
        writer = threading.Timer(0, log.append, [Token("x")])
        writer.start()
        found.append(await more(log, 0))
        writer.join()
        found.append(await more(log, 1, ticks=1))
        log.append(DONE)
        found.append(await more(log, 2))
        return found

    assert asyncio.run(wait()) == [False, True, False, True]


def test_readers_on_a_loop_get_each_event_once() -> None:
    log = EventLog()

    async def read() -> list[str]:
        mine: list[str] = []
        number = 0
        while not (log.closed and number == log.count):
            assert await more(log, number)
            new = log.after(number)
            number += len(new)
            mine += [event.content for event in new if isinstance(event, Token)]
        return mine

    async def read_eight() -> list[list[str]]:
        readers = [asyncio.create_task(read()) for _ in range(8)]
        await asyncio.sleep(0)
        writer = threading.Thread(target=write)
        writer.start()
        found = await asyncio.gather(*readers)
        writer.join()
        return found

    def write() -> None:
        for n in range(2000):
            log.append(Token(str(n)))
        log.append(DONE)

    assert asyncio.run(read_eight()) == [[str(n) for n in range(2000)]] * 8


def test_a_reader_that_waits_for_long_leaves_one_thing_to_wake(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(event_log, "TICK_SECONDS", 0.001)
    log = EventLog()
    assert not asyncio.run(more(log, 0, ticks=20))
    assert len(log._next._done_callbacks) == 1


def test_a_reader_that_leaves_takes_nothing_from_the_others() -> None:
    log = EventLog()

    async def read() -> bool:
        leaves, stays = (asyncio.create_task(more(log, 0)) for _ in range(2))
        await asyncio.sleep(0)
        leaves.cancel()
        await asyncio.gather(leaves, return_exceptions=True)
        log.append(Token("a"))
        return await stays

    assert asyncio.run(read())
    assert log.wait(0, 0)


def test_a_loop_that_was_closed_while_it_waited_disturbs_nobody() -> None:
    log = EventLog()
    loop = asyncio.new_event_loop()
    waiting = loop.create_task(more(log, 0))
    loop.run_until_complete(asyncio.sleep(0))
    waiting.cancel()
    with suppress(asyncio.CancelledError):
        loop.run_until_complete(waiting)
    loop.close()
    log.append(Token("a"))
    log.append(DONE)
    assert (log.count, log.closed) == (2, True)


def test_a_reader_whose_loop_is_gone_is_forgotten() -> None:
    log = EventLog()

    async def leave() -> None:
        waiting = asyncio.create_task(more(log, 0))
        await asyncio.sleep(0)
        waiting.cancel()

    asyncio.run(leave())
    log.append(Token("a"))
    assert log.count == 1
