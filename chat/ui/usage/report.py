"""The report of a time: totals, charts, and a table with all that the charts show."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta

import streamlit as st

from chat import spreadsheets
from chat.ui.labels import plain
from chat.ui.services import identity, parts
from chat.ui.times import zone
from chat.ui.usage import charts
from chat.usage import UsageLine
from store.usage import By

PERIODS = {"7 days": 7, "30 days": 30, "90 days": 90, "A year": 366}
BY: Mapping[str, By] = {"Day": "day", "Model": "model", "Persona": "persona", "Folder": "folder"}
NO_PRICE = "no price"


def draw() -> None:
    """All of the page below its title."""
    who = identity()
    kinds: dict[str, By] = {**BY, **({"User": "user"} if who.is_admin else {})}
    with st.container(key="usage"):
        with st.container(horizontal=True, vertical_alignment="bottom"):
            period = st.segmented_control(
                "Time", list(PERIODS), default="30 days", required=True, key="usage-period"
            )
            name = st.segmented_control(
                "By", list(kinds), default="Day", required=True, key="usage-by"
            )
        by, here = kinds.get(name or "Day", "day"), zone()
        today = datetime.now(here).date()
        since = today - timedelta(days=PERIODS.get(period or "", 30) - 1)
        found, whole = parts().usage.report(who, who.user_id, by, since, today, here)
        st.caption(plain(f"Days are those of {here}. Chats that were deleted still count."))
        if not found:
            st.info("Nothing was used in this time. What is asked from now on is counted here.")
            return
        if by == "user":
            st.caption("This is what all people used here.")
        _totals(whole)
        charts.draw(found, by)
        _table(found, name or "Day")


def _totals(whole: UsageLine) -> None:
    with st.container(horizontal=True):
        for label, text in (
            ("Messages", f"{whole.messages:,}"),
            ("Tokens in", f"{whole.prompt_tokens:,}"),
            ("Tokens out", f"{whole.completion_tokens:,}"),
            ("Cost", _cost(whole)),
            ("Errors", f"{whole.errors:,}"),
            ("First token", _seconds(whole.first_token_median_ms)),
            ("Duration", _seconds(whole.duration_median_ms)),
        ):
            st.metric(label, text.replace("$", r"\$"), border=True, width=165)
    if whole.without_price:
        st.caption(
            f"{_calls(whole.without_price)} no price: the server said none, and there is none "
            "for the model. The cost is that of the others."
        )
    if whole.without_tokens:
        st.caption(f"{_calls(whole.without_tokens)} no count of tokens from the server.")
    if whole.asides:
        are = "one call of a model" if whole.asides == 1 else f"{whole.asides:,} calls of models"
        st.caption(f"Tokens and cost include {are} for titles and in analyses.")


def _calls(count: int) -> str:
    return f"{count:,} call{' of a model has' if count == 1 else 's of models have'}"


COLUMNS: Mapping[str, Callable[[UsageLine], object]] = {
    "Questions": lambda one: one.questions,
    "Answers": lambda one: one.answers,
    "Errors": lambda one: one.errors,
    "Stopped": lambda one: one.stopped,
    "Other calls": lambda one: one.asides,
    "Tokens in": lambda one: one.prompt_tokens,
    "Read before": lambda one: one.cached_tokens,
    "Tokens out": lambda one: one.completion_tokens,
    "Cost": lambda one: _cost(one),
    "Without price": lambda one: one.without_price,
    "First token": lambda one: _seconds(one.first_token_median_ms),
    "First token, 95 %": lambda one: _seconds(one.first_token_p95_ms),
    "Duration": lambda one: _seconds(one.duration_median_ms),
    "Duration, 95 %": lambda one: _seconds(one.duration_p95_ms),
}


def _table(found: Sequence[UsageLine], name: str) -> None:
    rows = [{name: one.name, **{title: of(one) for title, of in COLUMNS.items()}} for one in found]
    st.dataframe(
        rows,
        key=f"usage-table-{name}",
        hide_index=True,
        alt=f"What was used by {name.casefold()}: all numbers of the charts, {len(rows)} rows",
    )
    st.caption("Times are medians, and within which 95 of 100 answers were there; nearly exact.")
    fields = list(UsageLine.__dataclass_fields__)
    st.download_button(
        "Download as CSV",
        data=spreadsheets.as_csv(fields, ([getattr(one, f) for f in fields] for one in found)),
        file_name=f"usage-by-{name.casefold()}.csv",
        mime="text/csv",
        key="usage-csv",
        icon=":material/download:",
        on_click="ignore",
    )


def _cost(one: UsageLine) -> str:
    return NO_PRICE if one.cost is None else f"${one.cost:,.4f}"


def _seconds(milliseconds: int | None) -> str:
    return "–" if milliseconds is None else f"{milliseconds / 1000:,.2f} s"
