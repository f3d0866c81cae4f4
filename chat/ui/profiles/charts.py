"""The charts of an analysis, made with Altair.

Altair takes 50 ms for a chart with its rows; so it makes each kind once, and the rows come later.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from functools import cache
from typing import TYPE_CHECKING

import streamlit as st

from chat.profiles.figures import heatmap
from chat.profiles.result import AnalysisResult

if TYPE_CHECKING:
    import altair as alt

DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
HOURS = tuple(f"{hour:02}" for hour in range(24))


def draw_hours(counts: Sequence[Sequence[int]]) -> None:
    """Posts by weekday and hour, as `heatmap` counted them; the darker the more."""
    _draw(
        _hours(),
        [
            {"day": day, "hour": hour, "posts": counts[d][h]}
            for d, day in enumerate(DAYS)
            for h, hour in enumerate(HOURS)
        ],
    )


def draw_weekdays(results: Sequence[AnalysisResult], names: Sequence[str], zone: str) -> None:
    """Which part of each account's posts falls on which weekday, side by side."""
    rows: list[Mapping[str, object]] = []
    for result, name in zip(results, names, strict=True):
        counts = [sum(day) for day in heatmap(result.times, zone)]
        total = sum(counts) or 1
        rows += [
            {"day": day, "account": name, "share": count / total}
            for day, count in zip(DAYS, counts, strict=True)
        ]
    _draw(_weekdays(), rows)


def _draw(chart: str, rows: Sequence[Mapping[str, object]]) -> None:
    columns = {name: [row[name] for row in rows] for name in rows[0]}
    # By name: of rows without one Vega makes an "undefined" place on the axis as well.
    named = {"data": {"name": "rows"}, "datasets": {"rows": columns}}
    st.vega_lite_chart({**json.loads(chart), **named}, width="stretch")


@cache
def _hours() -> str:
    import altair as alt

    return _made(
        alt.Chart(height=170)
        .mark_rect(cornerRadius=2, stroke="transparent")
        .encode(
            x=alt.X("hour:O", title=None, axis=alt.Axis(values=list(HOURS[::3]), labelAngle=0)),
            y=alt.Y("day:O", sort=list(DAYS), title=None),
            color=alt.Color("posts:Q", legend=None),
            tooltip=["day:O", "hour:O", "posts:Q"],
        )
    )


@cache
def _weekdays() -> str:
    import altair as alt

    return _made(
        alt.Chart(height=220)
        .mark_bar()
        .encode(
            x=alt.X("day:O", sort=list(DAYS), title=None, axis=alt.Axis(labelAngle=0)),
            xOffset="account:N",
            y=alt.Y("share:Q", title=None, axis=alt.Axis(format="%")),
            color=alt.Color(
                "account:N", title=None, legend=alt.Legend(orient="top", columns=2, labelLimit=130)
            ),
            tooltip=["account:N", "day:O", alt.Tooltip("share:Q", format=".0%")],
        )
    )


def _made(chart: alt.Chart) -> str:
    """The chart without Altair's own looks, so that it gets the page's."""
    made = chart.to_dict(validate=False)
    made.pop("config", None)
    return json.dumps(made)
