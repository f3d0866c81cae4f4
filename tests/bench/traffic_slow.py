"""Bytes to the browser at 50 tokens a second; takes four minutes, so only when it is named."""

from __future__ import annotations

from tests.bench.figures import Figure
from tests.bench.stage import Stage
from tests.bench.traffic import measured


def run(stage: Stage) -> list[Figure]:
    """The flushes are as many a second as at 200, so there are four times as many."""
    return measured(stage, 50)
