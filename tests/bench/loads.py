"""From the address to a page that can be used: composer enabled, list there."""

from __future__ import annotations

from contextlib import ExitStack

from tests.bench.figures import Figure, against
from tests.bench.seed import last_words
from tests.bench.stage import Stage, open_page
from tests.bench.watching import seen, usable_after, watched

REPEATS = 10
VISITS = 2  # Chromium keeps compiled scripts from the second visit on
CHAT = 0
RATIO = 0.7


def new_chat(stage: Stage) -> list[Figure]:
    """The cold ones each in a new profile, the warm ones in one that was here."""
    cold, warm = [], []
    with stage.server("loads-new", 1_000, size=4) as server:
        for _ in range(REPEATS):
            with stage.context() as context:
                page = context.new_page()
                open_page(page, server)
                cold.append(usable_after(page) / 1000)
        with stage.context() as context:
            page = context.new_page()
            for _ in range(VISITS + REPEATS):
                page.goto("about:blank")
                open_page(page, server)
                warm.append(usable_after(page) / 1000)
    what = "page load → usable, 1,000 sessions"
    return [
        Figure(f"{what}, cold browser cache", cold, "s", 1.7),
        Figure(f"{what}, warm browser cache", warm[VISITS:], "s", 0.5),
    ]


def with_a_chat(stage: Stage) -> list[Figure]:
    """In a profile that was here, in turns with an earlier checkout if there is one."""
    words = last_words(CHAT)
    times: tuple[list[float], list[float]] = ([], [])
    with stage.servers("loads", 1_000, size=20) as servers, ExitStack() as ended:
        pages = [ended.enter_context(stage.context()).new_page() for _ in servers]
        for page in pages:
            watched(page, words)
        for _ in range(VISITS + REPEATS):
            for server, page, of in zip(servers, pages, times, strict=False):
                open_page(page, server, CHAT)
                of.append(max(usable_after(page), seen(page, words)["now"]) / 1000)
                page.goto("about:blank")
    ours, base = times[0][VISITS:], times[1][VISITS:]
    what = "page load → usable and the newest of 20 messages in view, warm browser cache"
    return [
        Figure(what, ours, "s"),
        *against("the same", ours, "the earlier checkout's", base, RATIO),
    ]


def run(stage: Stage) -> list[Figure]:
    """1,000 sessions each."""
    return [*new_chat(stage), *with_a_chat(stage)]
