"""That `make bench` can begin; what it measures is never asserted here."""

from __future__ import annotations

from importlib import import_module

import pytest

from tests.bench.__main__ import NAMES, ONLY_NAMED
from tests.bench.figures import Figure, table


@pytest.mark.parametrize("name", [*NAMES, *ONLY_NAMED])
def test_each_bench_can_be_run(name: str) -> None:
    assert callable(import_module(f"tests.bench.{name}").run)


def test_a_figure_says_whether_it_was_reached() -> None:
    reached = Figure("a", [3, 1, 2], "ms", 2)
    missed = Figure("b", [1, 9, 2], "ms", 4, of="max")
    assert reached.cells()[1:5] == ["2 ms (n=3)", "≤ 2 ms", "1.00", "yes"]
    assert missed.cells()[1:5] == ["9 ms (max, median 2, n=3)", "≤ 4 ms", "2.25", "NO"]
    assert len({len(line) for line in table([reached.cells(), missed.cells()]).splitlines()}) == 1
