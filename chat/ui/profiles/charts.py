"""The charts of an analysis, in Vega-Lite's own words."""

from collections.abc import Sequence

import streamlit as st

from chat.agent.types import JsonMap
from chat.profiles.figures import heatmap
from chat.profiles.result import AnalysisResult

DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
HOURS = tuple(f"{hour:02}" for hour in range(24))
AMOUNT = "quantitative"


def draw_hours(counts: Sequence[Sequence[int]]) -> None:
    """Posts by weekday and hour, as `heatmap` counted them; the darker the more."""
    _draw(
        [
            {"day": day, "hour": hour, "posts": counts[d][h]}
            for d, day in enumerate(DAYS)
            for h, hour in enumerate(HOURS)
        ],
        170,
        {"type": "rect", "cornerRadius": 2, "stroke": "transparent"},
        x=_field("hour", title=None, axis={"values": HOURS[::3], "labelAngle": 0}),
        y=_field("day", title=None, sort=DAYS),
        color=_field("posts", AMOUNT, legend=None),
        tooltip=[_field("day"), _field("hour"), _field("posts", AMOUNT)],
    )


def draw_weekdays(results: Sequence[AnalysisResult], names: Sequence[str], zone: str) -> None:
    """Which part of each account's posts falls on which weekday, side by side."""
    rows: list[JsonMap] = []
    for result, name in zip(results, names, strict=True):
        counts = [sum(day) for day in heatmap(result.times, zone)]
        total = sum(counts) or 1
        rows += [
            {"day": day, "account": name, "share": count / total}
            for day, count in zip(DAYS, counts, strict=True)
        ]
    legend = {"orient": "top", "columns": 2, "labelLimit": 130}
    _draw(
        rows,
        220,
        {"type": "bar"},
        x=_field("day", title=None, sort=DAYS, axis={"labelAngle": 0}),
        xOffset=_field("account", "nominal"),
        y=_field("share", AMOUNT, title=None, axis={"format": "%"}),
        color=_field("account", "nominal", title=None, legend=legend),
        tooltip=[
            _field("account", "nominal"),
            _field("day"),
            _field("share", AMOUNT, format=".0%"),
        ],
    )


def _field(name: str, kind: str = "ordinal", **more: object) -> JsonMap:
    return {"field": name, "type": kind, **more}


def _draw(rows: Sequence[JsonMap], height: int, mark: JsonMap, **encoding: object) -> None:
    columns = {name: [row[name] for row in rows] for name in rows[0]}
    # By name: of rows without one Vega makes an "undefined" place on the axis as well.
    named = {"data": {"name": "rows"}, "datasets": {"rows": columns}}
    st.vega_lite_chart({"mark": mark, "encoding": encoding, "height": height, **named})
