"""Click on a session to its last message in view."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import ExitStack

from playwright.sync_api import Page

from tests.bench.figures import Figure, against
from tests.bench.seed import last_words
from tests.bench.stage import Stage
from tests.bench.watching import click_session, settled

CLICKS = 20
PAUSE_MS = 300
REACH_MS = 150
RATIO = 0.55
LONGER = 1.2
SIZES = {1: 20, 2: 20, 3: 20, 4: 20, 5: 200, 6: 200, 7: 20_000, 8: 20_000}
EQUAL = {"20": [1, 2, 3, 4], "200": [5, 6], "20,000": [7, 8]}
MIXED = [1, 9, 2, 10]  # 9 and 10 are of 2 messages


def clicks(pages: Sequence[Page], numbers: list[int], count: int = CLICKS) -> list[list[float]]:
    """In each page so many clicks on these in turn, after one on each to warm up; ms."""
    measured: list[list[float]] = [[] for _ in pages]
    for at in range(len(numbers) + count):
        number = numbers[at % len(numbers)]
        for page, of in zip(pages, measured, strict=True):
            of.append(click_session(page, number, last_words(number)))
            settled(page)
            page.wait_for_timeout(PAUSE_MS)
    return [of[len(numbers) :] for of in measured]


def figures(what: str, measured: list[list[float]], reach: float) -> list[Figure]:
    """Of this checkout, and against the earlier one where that was measured."""
    ours, base = [*measured, []][:2]
    figure = Figure(what, ours, "ms", reach)
    return [figure, *against("the same", ours, "the earlier checkout's", base, RATIO)]


def run(stage: Stage) -> list[Figure]:
    """10,000 sessions; between chats of equal size, and from short ones to longer ones."""
    found: list[Figure] = []
    with stage.servers("switch", 10_000, sizes=SIZES) as servers, ExitStack() as ended:
        pages = [ended.enter_context(stage.page(server, 0)) for server in servers]
        for size, numbers in EQUAL.items():
            what = f"click on a session → last of its {size} messages in view"
            reach = LONGER * found[0].measured if found else REACH_MS
            found += figures(what, clicks(pages, numbers), reach)
        mixed = [times[::2] for times in clicks(pages, MIXED, 2 * CLICKS)]
        what = "the same; 20 messages, coming from a session of 2"
        return found + figures(what, mixed, REACH_MS)
