"""From the model server to the eye: all at once, and at a pace."""

from __future__ import annotations

from itertools import count

from playwright.sync_api import Page

from tests.bench.figures import Figure
from tests.bench.stage import Stage, open_page
from tests.bench.watching import noted, seen, send, settled, watch
from tests.processes import Server

REPEATS = 10
_marks = count(1)


def ask(
    page: Page, stage: Stage, directive: str, *, first: bool = False, timeout: float = 60
) -> dict[str, float]:
    """Send it, wait for its last token (with ``first`` the first too); wall clock, in ms.

    ``timeout`` in seconds.
    """
    mark = next(_marks)
    ends = {"last_seen": f"end-of-{mark}"}
    if first:
        ends["first_seen"] = f"begin-of-{mark}"
    watch(page, *ends.values())
    send(page, f"[[{directive} mark={mark}]]")
    times: dict[str, float] = {}
    for name, text in ends.items():
        found = seen(page, text, timeout * 1000)
        times |= {name: found["at"], name.replace("seen", "drawn"): found["drawnAt"]}
    settled(page)
    record = stage.requests()[-1]
    for name in ("received_at", "first_token_at", "last_token_at"):
        times[name] = record[name] * 1000
    return {**times, "enter": noted(page, "enterAt")}


def asked(stage: Stage, server: Server, directive: str) -> list[dict[str, float]]:
    """Each time in another session with 4 messages, after one that does not count."""
    with stage.context() as context:
        page = context.new_page()
        times = []
        for number in range(REPEATS + 1):
            open_page(page, server, number)
            times.append(ask(page, stage, directive))
    return times[1:]


def at_once(stage: Stage) -> list[Figure]:
    """All that the browser has to draw, in one piece."""
    with stage.server("at-once", 1_000, size=4) as server:
        times = asked(stage, server, "markdown tokens=1000 delay=0")
    what = "1,000 Markdown tokens at once: Enter → last token"
    return [
        Figure(f"{what} in view", [t["last_seen"] - t["enter"] for t in times], "ms", 500),
        Figure(f"{what} drawn", [t["last_drawn"] - t["enter"] for t in times], "ms"),
    ]


def at_a_pace(stage: Stage) -> list[Figure]:
    """The lag at the end of a fast stream."""
    with stage.server("at-a-pace", 1_000, size=4) as server:
        times = asked(stage, server, "markdown tokens=1000 delay=0.005")
    what = "1,000 Markdown tokens at 5 ms: from sending the last token until it is"
    return [
        Figure(f"{what} in view", [t["last_seen"] - t["last_token_at"] for t in times], "ms", 60),
        Figure(f"{what} drawn", [t["last_drawn"] - t["last_token_at"] for t in times], "ms"),
    ]


def run(stage: Stage) -> list[Figure]:
    """Each in sessions of 4 messages with 30 rows in the list."""
    return [*at_once(stage), *at_a_pace(stage)]
