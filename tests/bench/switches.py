"""Click on a session to its last message in view."""

from __future__ import annotations

from playwright.sync_api import Page

from tests.bench.figures import Figure
from tests.bench.seed import last_words
from tests.bench.stage import Stage
from tests.bench.watching import click_session, settled

CLICKS = 15
PAUSE_MS = 300
REACH_MS = 150


def clicks(page: Page, numbers: list[int], count: int = CLICKS) -> list[float]:
    """So many clicks on these in turn, after one on each to warm up; ms."""
    measured = []
    for at in range(len(numbers) + count):
        number = numbers[at % len(numbers)]
        spent = click_session(page, number, last_words(number))
        settled(page)
        page.wait_for_timeout(PAUSE_MS)
        if at >= len(numbers):
            measured.append(spent)
    return measured


def run(stage: Stage) -> list[Figure]:
    """20 messages and 1,000 sessions, between equal and from short ones; then long sessions."""
    with (
        stage.server("switch", 1_000, sizes={6: 2, 8: 2}, size=20) as server,
        stage.page(server, 0) as page,
    ):
        what = "click on a session → last message in view; 20 messages, 1,000 sessions"
        equal = Figure(what, clicks(page, [1, 2, 3, 4, 5]), "ms", REACH_MS)
        mixed = clicks(page, [7, 6, 9, 8], 2 * CLICKS)
        what = "the same, coming from a session of 2 messages"
        figures = [equal, Figure(what, mixed[::2], "ms", REACH_MS)]
    longer = 1.2 * equal.measured
    sizes = {1: 2_000, 2: 2_000, 3: 20_000, 4: 20_000}
    with stage.server("switch-long", 10_000, sizes=sizes) as server, stage.page(server, 0) as page:
        for name, numbers in (("2,000", [1, 2]), ("20,000", [3, 4])):
            values = clicks(page, numbers)
            what = f"the same; {name} messages, 10,000 sessions (1.2 × the first of these)"
            figures.append(Figure(what, values, "ms", longer))
    return figures
