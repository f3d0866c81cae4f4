"""Memory of the server process: idle, and for each further open tab."""

from __future__ import annotations

import statistics
import time

import psutil

from tests.bench.figures import Figure
from tests.bench.stage import Stage, open_page

TABS = 10
SETTLE_SECONDS = 3.0
MEGABYTE = 1024 * 1024


def run(stage: Stage) -> list[Figure]:
    """RSS; the growth is the slope over ten tabs on chats of 20 messages."""
    with stage.server("memory", 1_000, size=20) as server:
        process = psutil.Process(server.pid)

        def resident() -> float:
            time.sleep(SETTLE_SECONDS)
            return float(process.memory_info().rss) / MEGABYTE

        idle = resident()
        grown = []
        with stage.context() as context:
            for number in range(TABS):
                open_page(context.new_page(), server, number)
                grown.append(resident())
    slope = statistics.linear_regression(range(TABS), grown).slope
    note = f"{grown[0] - idle:.1f} MB for the first"
    return [
        Figure("memory idle, after one page was loaded and closed", [idle], "MB", 140),
        Figure("memory for each further open tab", [slope], "MB", 1, note=note),
    ]
