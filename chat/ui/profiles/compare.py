"""The comparison: the analysed accounts of a session side by side."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import streamlit as st

from chat.profiles.results import heatmap
from chat.ui import state
from chat.ui.failures import explained
from chat.ui.labels import handles, plain
from chat.ui.profiles import charts, values
from chat.ui.profiles.card import MEASURES, SOURCES, Analysed, busiest, chosen_zone, load, name_of

MOST = 8
UNKNOWN = "unknown"


@st.dialog("Compare", width="large", on_dismiss="rerun")
def compare_dialog(_about: str) -> None:
    """Figures, weekdays and products of the newest accounts of the active session."""
    with explained():
        there = load(state.tab().session_id or "", MOST + 1)
        found = [one for one in there if values.number(one.result.get("post_count"))][:MOST]
        if not found:
            st.info("There is nothing to compare yet.")
            return
        if len(there) > MOST:
            st.caption(f"These are the {MOST} that were analyzed last.")
        names = _names(found)
        where = chosen_zone()
        st.table(_table(found, names, where))
        st.caption(f"Share of posts by weekday ({plain(where)})")
        charts.draw_weekdays([one.result for one in found], names, where)
        _products(found, names)


def _names(found: Sequence[Analysed]) -> list[str]:
    """How they are called, each differently."""
    names = [name_of(one) for one in found]
    return [
        f"{name} ({SOURCES.get(one.source, one.source)})" if names.count(name) > 1 else name
        for name, one in zip(names, found, strict=True)
    ]


def _table(found: Sequence[Analysed], names: Sequence[str], where: str) -> dict[str, list[str]]:
    """Without what is unknown of all of them."""
    most = {id(one): busiest(heatmap(values.times(one.result), where)) for one in found}
    rows: list[tuple[str, Callable[[Analysed], Any]]] = [
        ("Posts", lambda one: values.number(one.result.get("post_count"))),
        ("Followers", lambda one: values.number(one.result.get("followers"))),
        ("Posts a week", lambda one: _of(one, "rhythm", "per_week")),
        ("Hours between posts", lambda one: _of(one, "rhythm", "median_gap_hours")),
        ("Busiest day", lambda one: (most[id(one)] or (None, None))[0]),
        ("Busiest hour", lambda one: (most[id(one)] or (None, None))[1]),
        ("Characters a post", lambda one: _of(one, "length", "mean")),
        *(
            (f"Average {name}", lambda one, name=name: _of(one, "engagement", name, "mean"))
            for name in MEASURES
        ),
        ("Products mentioned", lambda one: _count(values.products(one.result))),
    ]
    shown = [(title, [_shown(figure(one)) for one in found]) for title, figure in rows]
    known = [(title, cells) for title, cells in shown if set(cells) != {UNKNOWN}]
    table = {"": [title for title, _ in known]}
    for at, name in enumerate(names):
        table[handles(name)] = [cells[at] for _, cells in known]
    return table


def _of(one: Analysed, *path: str) -> Any:
    return values.number(values.record(one.result, "computed", *path[:-1]).get(path[-1]))


def _count(found: Sequence[Any] | None) -> int | None:
    return None if found is None else len(found)


def _shown(value: Any) -> str:
    if isinstance(value, float):
        return f"{value:,.1f}"
    if isinstance(value, int):
        return f"{value:,}"
    return plain(value) if isinstance(value, str) and value else UNKNOWN


def _products(found: Sequence[Analysed], names: Sequence[str]) -> None:
    """By category, who mentions what, in how many posts."""
    by_category: dict[str, dict[str, list[str]]] = {}
    for one, name in zip(found, names, strict=True):
        for product, category, count in values.products(one.result) or []:
            mentioned = by_category.setdefault(category, {})
            mentioned.setdefault(name, []).append(f"{product} ({count})")
    if not by_category:
        return
    st.markdown("**Products by category**")
    table: dict[str, list[str]] = {"Category": [plain(name) for name in sorted(by_category)]}
    for name in names:
        cells = (by_category[category].get(name, []) for category in sorted(by_category))
        table[handles(name)] = [plain(", ".join(texts)) for texts in cells]
    st.table(table)
