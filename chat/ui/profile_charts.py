"""The charts of an analysis, with Altair."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from chat.profiles import heatmap
from chat.ui.profile_values import times

DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
HOURS = tuple(f"{hour:02}" for hour in range(24))


def hours(counts: Sequence[Sequence[int]]) -> Any:
    """Posts by weekday and hour, as `chat.profiles.heatmap` counted them; the darker the more."""
    import altair as alt

    rows = [
        {"day": day, "hour": hour, "posts": counts[d][h]}
        for d, day in enumerate(DAYS)
        for h, hour in enumerate(HOURS)
    ]
    data = alt.Data(values=rows)  # type: ignore[no-untyped-call]
    return (
        alt.Chart(data, height=170)
        .mark_rect(cornerRadius=2, stroke="transparent")
        .encode(
            x=alt.X("hour:O", title=None, axis=alt.Axis(values=list(HOURS[::3]), labelAngle=0)),
            y=alt.Y("day:O", sort=list(DAYS), title=None),
            color=alt.Color("posts:Q", legend=None),
            tooltip=["day:O", "hour:O", "posts:Q"],
        )
    )


def weekdays(results: Sequence[Mapping[str, Any]], names: Sequence[str], zone: str) -> Any:
    """Which part of each account's posts falls on which weekday, side by side."""
    import altair as alt

    rows = []
    for result, name in zip(results, names, strict=True):
        counts = [sum(day) for day in heatmap(times(result), zone)]
        total = sum(counts) or 1
        rows += [
            {"day": day, "account": name, "share": count / total}
            for day, count in zip(DAYS, counts, strict=True)
        ]
    data = alt.Data(values=rows)  # type: ignore[no-untyped-call]
    return (
        alt.Chart(data, height=220)
        .mark_bar()
        .encode(
            x=alt.X("day:O", sort=list(DAYS), title=None, axis=alt.Axis(labelAngle=0)),
            xOffset="account:N",
            y=alt.Y("share:Q", title=None, axis=alt.Axis(format="%")),
            color=alt.Color("account:N", title=None, legend=alt.Legend(orient="top")),
            tooltip=["account:N", "day:O", alt.Tooltip("share:Q", format=".0%")],
        )
    )
