"""The comparison: the analysed accounts of a session side by side."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import streamlit as st

from chat.ui import profile_charts, state
from chat.ui.failures import explained
from chat.ui.labels import plain
from chat.ui.profile_card import MEASURES, Analysed, load, name_of
from chat.ui.times import zone


@st.dialog("Compare", width="large", on_dismiss="rerun")
def compare_dialog(_about: str) -> None:
    """Figures, weekdays and products of all accounts of the active session."""
    with explained():
        found = [one for one in load(state.tab().session_id or "") if one.result.get("post_count")]
        if not found:
            st.info("There is nothing to compare yet.")
            return
        names = _names(found)
        st.table(_table(found, names))
        st.caption("Share of posts by weekday")
        chart = profile_charts.weekdays([one.result for one in found], names, str(zone()))
        st.altair_chart(chart, width="stretch")
        _products(found, names)


def _names(found: Sequence[Analysed]) -> list[str]:
    """How they are called, each differently."""
    names = [name_of(one) for one in found]
    return [
        f"{name} ({one.source})" if names.count(name) > 1 else name
        for name, one in zip(names, found, strict=True)
    ]


def _table(found: Sequence[Analysed], names: Sequence[str]) -> dict[str, list[str]]:
    rows: list[tuple[str, Callable[[Mapping[str, Any]], Any]]] = [
        ("Posts", lambda result: result.get("post_count")),
        ("Followers", lambda result: result.get("followers")),
        ("Posts a week", lambda result: _of(result, "rhythm", "per_week")),
        ("Hours between posts", lambda result: _of(result, "rhythm", "median_gap_hours")),
        ("Busiest day", lambda result: _of(result, "rhythm", "busiest_day")),
        ("Busiest hour (UTC)", lambda result: _of(result, "rhythm", "busiest_hour")),
        ("Characters a post", lambda result: _of(result, "length", "mean")),
        *(
            (f"Average {name}", lambda result, name=name: _of(result, "engagement", name, "mean"))
            for name in MEASURES
        ),
        ("Products mentioned", _products_of),
    ]
    table = {"": [title for title, _ in rows]}
    for name, one in zip(names, found, strict=True):
        table[plain(name)] = [_shown(figure(one.result)) for _, figure in rows]
    return table


def _of(result: Mapping[str, Any], *path: str) -> Any:
    value: Any = result.get("computed")
    for name in path:
        value = value.get(name) if isinstance(value, Mapping) else None
    return value


def _products_of(result: Mapping[str, Any]) -> int | None:
    asked = result.get("asked") or {}
    return len(asked.get("products") or []) if asked.get("status") == "complete" else None


def _shown(value: Any) -> str:
    if isinstance(value, float):
        return f"{value:,.1f}"
    return "unknown" if value is None else plain(f"{value:,}" if isinstance(value, int) else value)


def _products(found: Sequence[Analysed], names: Sequence[str]) -> None:
    """By category, who mentions what, in how many posts."""
    by_category: dict[str, dict[str, list[str]]] = {}
    for one, name in zip(found, names, strict=True):
        for product in (one.result.get("asked") or {}).get("products") or []:
            category = by_category.setdefault(str(product.get("category") or "Other"), {})
            text = f"{product.get('name')} ({len(product.get('post_ids') or [])})"
            category.setdefault(name, []).append(text)
    if not by_category:
        return
    st.markdown("**Products by category**")
    table: dict[str, list[str]] = {"Category": [plain(name) for name in sorted(by_category)]}
    for name in names:
        mentioned = (by_category[category].get(name, []) for category in sorted(by_category))
        table[plain(name)] = [plain(", ".join(texts)) for texts in mentioned]
    st.table(table)
