"""From the start of the process to the first healthy answer."""

from __future__ import annotations

from tests.bench.figures import Figure
from tests.bench.stage import Stage

REPEATS = 7
WHAT = "process start → GET /_stcore/health 200"


def run(stage: Stage) -> list[Figure]:
    """With the database of the last run, and with none."""
    with stage.stopped_server("start", 1_000) as server:
        server.start()  # compiles what was not yet
        existing = [server.restart() for _ in range(REPEATS)]
    empty = []
    for number in range(REPEATS):
        with stage.stopped_server(f"start-{number}") as server:
            empty.append(server.start())
    return [
        Figure(f"{WHAT}; existing database", existing, "s", 1.5),
        Figure(f"{WHAT}; no database yet", empty, "s", 1.5),
    ]
