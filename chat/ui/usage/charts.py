"""The charts of what was used, in Vega-Lite's own words; the table has the same numbers."""

from collections.abc import Sequence

import streamlit as st

from chat.ui.labels import plain
from chat.usage import UsageLine
from store.usage import By

SHOWN = 15
"""So many bars of names are drawn, those with the most answers."""
HEIGHT, ROW, FRAME = 240, 26, 110


def draw(found: Sequence[UsageLine], by: By) -> None:
    """Answers, tokens, and the cost where there is any."""
    shown = found if by == "day" else found[:SHOWN]
    names = _names(shown)
    if len(shown) < len(found):
        st.caption(f"The charts show the {SHOWN} most used; the table has all.")
    charts: list[tuple[str, list[list[float]], tuple[str, ...]]] = [
        ("Answers", [[one.answers - one.errors, one.errors] for one in shown], ("ended", "failed")),
        ("Tokens", [[one.prompt_tokens, one.completion_tokens] for one in shown], ("in", "out")),
    ]
    if any(one.cost for one in shown):
        charts.append(("Cost in US dollars", [[one.cost or 0] for one in shown], ("cost",)))
    for column, (title, values, kinds) in zip(st.columns(len(charts)), charts, strict=True):
        with column:
            st.caption(plain(title))
            _bars(title, names, values, kinds, by)


def _names(shown: Sequence[UsageLine]) -> list[str]:
    """What they are called, each differently."""
    names = [one.name or one.key for one in shown]
    return [
        f"{name} ({one.key})" if names.count(name) > 1 else name
        for name, one in zip(names, shown, strict=True)
    ]


def _bars(
    title: str,
    names: Sequence[str],
    values: Sequence[Sequence[float]],
    kinds: Sequence[str],
    by: By,
) -> None:
    columns = {
        "name": [name for name in names for _ in kinds],
        "kind": [kind for _ in names for kind in kinds],
        "amount": [amount for row in values for amount in row],
    }
    amount = {"field": "amount", "type": "quantitative", "title": None}
    if by == "day":
        place = {"field": "name", "type": "temporal", "timeUnit": "utcyearmonthdate", "title": None}
        axes, height = {"x": {**place, "axis": {"tickMinStep": 86_400_000}}, "y": amount}, HEIGHT
    else:
        label = {"labelLimit": 120}
        names_at = {"field": "name", "type": "nominal", "sort": None, "axis": label}
        axes, height = ({"y": {**names_at, "title": None}, "x": amount}, ROW * len(names) + FRAME)
    legend = {"orient": "top"} if len(kinds) > 1 else None
    colour = {"field": "kind", "type": "nominal", "title": None, "legend": legend}
    shown = {"color": {**colour, "sort": list(kinds)}}
    spec = {"mark": {"type": "bar", "tooltip": True}, "encoding": {**axes, **shown}}
    named = {"data": {"name": "rows"}, "datasets": {"rows": columns}}
    st.vega_lite_chart({**spec, "height": height, **named}, alt=_alt(title, names, values, kinds))


def _alt(
    title: str, names: Sequence[str], values: Sequence[Sequence[float]], kinds: Sequence[str]
) -> str:
    """What a chart says, for those who do not see it."""
    sums = [sum(row) for row in values]
    most = sums.index(max(sums))
    of = ", ".join(
        f"{sum(row[at] for row in values):,.10g} {kind}" for at, kind in enumerate(kinds)
    )
    return f"{title}: {of}. The most, {sums[most]:,.10g}: {names[most]}. The table has all of it."
