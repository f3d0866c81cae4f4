"""From the address to a page that can be used: composer enabled, list there."""

from __future__ import annotations

from tests.bench.figures import Figure
from tests.bench.stage import Stage, open_page
from tests.bench.watching import usable_after

REPEATS = 10


def run(stage: Stage) -> list[Figure]:
    """1,000 sessions; each cold load in a new profile, the warm ones in one that was here."""
    cold, warm = [], []
    with stage.server("loads", 1_000, size=4) as server:
        for _ in range(REPEATS):
            with stage.context() as context:
                page = context.new_page()
                open_page(page, server)
                cold.append(usable_after(page) / 1000)
        with stage.context() as context:
            page = context.new_page()
            for number in range(REPEATS + 2):
                page.goto("about:blank")
                open_page(page, server)
                if number >= 2:  # Chromium keeps compiled scripts from the second visit on
                    warm.append(usable_after(page) / 1000)
    return [
        Figure("page load → usable, 1,000 sessions, cold browser cache", cold, "s", 1.7),
        Figure("page load → usable, 1,000 sessions, warm browser cache", warm, "s", 0.5),
    ]
