"""A warm rerun of the chat page inside the server: time, queries, message texts read."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

from tests.bench.figures import Figure, against
from tests.bench.stage import Stage
from tests.processes import ROOT

ROUNDS = 5
RATIO = 0.7


def run(stage: Stage) -> list[Figure]:
    """Five times in a process of its own, in turns with an earlier checkout if there is one."""
    ours: dict[str, list[float]] = {}
    earlier: list[float] = []
    for _ in range(ROUNDS):
        for name, values in measured(ROOT).items():
            ours.setdefault(name, []).extend(values)
        if stage.base:
            earlier += measured(stage.base)["processor"]
    what = "processor time in it, which other programs disturb less"
    return [
        Figure("script run, warm rerun of the chat page (AppTest)", ours["time"], "ms", 25),
        Figure(what, ours["processor"], "ms"),
        *against("the same", ours["processor"], "the earlier checkout's", earlier, RATIO),
        Figure("database queries in it", ours["queries"], "queries", 12, of="max"),
        Figure("message texts read in it", ours["texts"], "texts", ours["messages"][0]),
    ]


def measured(checkout: Path) -> dict[str, list[float]]:
    """What `rerun` finds there."""
    # -P: beside this file are modules that are no packages' top level.
    command = [sys.executable, "-P", str(ROOT / "tests" / "bench" / "rerun.py")]
    environment = {**os.environ, "PYTHONPATH": str(checkout)}
    done = subprocess.run(
        command, cwd=checkout, env=environment, stdout=subprocess.PIPE, text=True, check=True
    )
    found: dict[str, list[float]] = json.loads(done.stdout.splitlines()[-1])
    return found
