"""How much JavaScript of its own the page brings."""

from __future__ import annotations

from tests.bench.figures import Figure
from tests.bench.stage import Stage
from tests.processes import ROOT

REACH_KB = 48


def run(_stage: Stage) -> list[Figure]:
    """All files, as they are written."""
    size = sum(file.stat().st_size for file in (ROOT / "chat" / "ui").rglob("*.js"))
    return [Figure("JavaScript of our own", [size / 1000], "kB", REACH_KB)]
