"""One line of the table: what was measured, what is to be reached."""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Figure:
    """``values`` are all measured ones; what counts is their median, or another ``of`` them."""

    what: str
    values: Sequence[float]
    unit: str
    reach: float | None = None
    of: str = "median"
    note: str = ""
    loads: list[float] = field(default_factory=list)

    @property
    def measured(self) -> float:
        """What is compared with ``reach``."""
        return worst(self.values) if self.of == "max" else statistics.median(self.values)

    @property
    def ratio(self) -> float | None:
        """Measured by what is to be reached; 1 or less is reached."""
        return None if self.reach is None else self.measured / self.reach

    def cells(self) -> list[str]:
        """What | measured | to reach | ratio | ok | load."""
        count = len(self.values)
        measured = f"{number(self.measured)} {self.unit}"
        details = [self.of] if self.of != "median" else []
        if self.of == "max" and count > 1:
            details.append(f"median {number(statistics.median(self.values))}")
        if count >= 5 and self.of == "median":
            details.append(f"p90 {number(ninetieth(self.values))}")
        if count > 1:
            details.append(f"n={count}")
        if self.note:
            details.append(self.note)
        if details:
            measured += f" ({', '.join(details)})"
        ratio = self.ratio
        return [
            self.what,
            measured,
            "–" if self.reach is None else f"≤ {number(self.reach)} {self.unit}",
            "–" if ratio is None else f"{ratio:.2f}",
            "–" if ratio is None else "yes" if ratio <= 1 else "NO",
            f"{max(self.loads):.1f}" if self.loads else "–",
        ]


def against(
    what: str, values: Sequence[float], other: str, others: Sequence[float], reach: float
) -> list[Figure]:
    """The ratio of the medians; nothing where ``other`` was not measured."""
    if not others:
        return []
    ratio = statistics.median(values) / statistics.median(others)
    note = f"{number(statistics.median(values))} to {number(statistics.median(others))}"
    return [Figure(f"{what}, against {other}", [ratio], "×", reach, note=note)]


def ninetieth(values: Sequence[float]) -> float:
    """The value that nine of ten do not exceed."""
    return sorted(values)[min(len(values) - 1, round(0.9 * (len(values) - 1) + 0.49))]


def worst(values: Sequence[float]) -> float:
    """The highest."""
    return max(values)


def number(value: float) -> str:
    """Three digits that matter."""
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"


def table(rows: Sequence[Sequence[str]]) -> str:
    """As Markdown, the columns aligned."""
    widths = [max(len(row[at]) for row in rows) for at in range(len(rows[0]))]
    lines = [
        "| " + " | ".join(c.ljust(w) for c, w in zip(row, widths, strict=True)) + " |"
        for row in rows
    ]
    lines.insert(1, "|" + "|".join("-" * (width + 2) for width in widths) + "|")
    return "\n".join(lines)
