"""The comparison: the analysed accounts of a session side by side."""

from collections.abc import Sequence

import streamlit as st

from chat.profiles.choice import shown, title_of
from chat.profiles.figures import heatmap
from chat.profiles.result import MEASURES, AnalysisResult, Figures, Spread
from chat.ui import state
from chat.ui.controls import dialog
from chat.ui.labels import handles, plain
from chat.ui.profiles import charts
from chat.ui.profiles.card import OTHER, busiest, chosen_zone, load

MOST = 8
UNKNOWN = "unknown"


@dialog("Compare", width="large")
def compare_dialog(_about: str) -> None:
    """Figures, weekdays and products of the newest accounts of the active session."""
    there = load(state.tab().session_id or "", MOST + 1)
    found = [one.result for one in there if one.result.post_count][:MOST]
    if not found:
        st.info("There is nothing to compare yet.")
        return
    if len(there) > MOST:
        st.caption(f"These are the {MOST} that were analyzed last.")
    names = _names(found)
    where = chosen_zone()
    st.table(_table(found, names, where))
    st.caption(f"Share of posts by weekday ({plain(where)})")
    charts.draw_weekdays(found, names, where)
    _products(found, names)


def _names(found: Sequence[AnalysisResult]) -> list[str]:
    """How they are called, each differently."""
    names = [shown(one.handle, one.source) for one in found]
    return [
        f"{name} ({title_of(one.source)})" if names.count(name) > 1 else name
        for name, one in zip(names, found, strict=True)
    ]


def _table(
    found: Sequence[AnalysisResult], names: Sequence[str], where: str
) -> dict[str, list[str]]:
    """Without what is unknown of all of them."""
    columns = [_column(one, where) for one in found]
    known = [title for title in columns[0] if {column[title] for column in columns} != {UNKNOWN}]
    cells = {
        handles(name): [column[title] for title in known]
        for name, column in zip(names, columns, strict=True)
    }
    return {"": known, **cells}


def _column(one: AnalysisResult, where: str) -> dict[str, str]:
    figures = one.computed or Figures()
    day, hour = busiest(heatmap(one.times, where)) or (UNKNOWN, UNKNOWN)
    spreads = {name: figures.engagement.get(name) or Spread() for name in MEASURES}
    return {
        "Posts": _shown(one.post_count),
        "Followers": _shown(one.followers),
        "Posts a week": _shown(figures.rhythm.per_week),
        "Hours between posts": _shown(figures.rhythm.median_gap_hours),
        "Busiest day": day,
        "Busiest hour": plain(hour),
        "Characters a post": _shown(figures.length.mean),
        **{f"Average {name}": _shown(spread.mean) for name, spread in spreads.items()},
        "Products mentioned": _shown(len(one.asked.products) if one.asked.is_complete else None),
    }


def _shown(value: float | None) -> str:
    if value is None:
        return UNKNOWN
    return f"{value:,.1f}" if isinstance(value, float) else f"{value:,}"


def _products(found: Sequence[AnalysisResult], names: Sequence[str]) -> None:
    """By category, who mentions what, in how many posts."""
    by_category: dict[str, dict[str, list[str]]] = {}
    for one, name in zip(found, names, strict=True):
        for product in one.asked.products if one.asked.is_complete else ():
            mentioned = by_category.setdefault(product.category or OTHER, {})
            mentioned.setdefault(name, []).append(f"{product.name} ({len(product.post_ids)})")
    if not by_category:
        return
    st.markdown("**Products by category**")
    table: dict[str, list[str]] = {"Category": [plain(name) for name in sorted(by_category)]}
    for name in names:
        cells = (by_category[category].get(name, []) for category in sorted(by_category))
        table[handles(name)] = [plain(", ".join(texts)) for texts in cells]
    st.table(table)
