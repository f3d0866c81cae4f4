"""What tools computed for an answer: tables and charts, each with the query that made it."""

from functools import partial

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from chat.data.charts import chart_of, vega
from chat.data.values import ChartSpec
from chat.ui.chat import actions, tables
from chat.ui.controls import button
from chat.ui.failures import explained
from chat.ui.labels import plain
from chat.ui.services import key, parts
from store import results
from store.result_values import Computed
from store.values import Message, SessionKey

FILES = {"csv": "CSV", "parquet": "Parquet"}
QUERY, ICON = "Show query", ":material/database:"


def draw(message: Message, place: DeltaGenerator) -> None:
    """All of an answer's, there."""
    for one in message.results:
        with place, explained():
            draw_one(key(message.session_id), one)


def draw_new(active: SessionKey, message_id: int, result_id: str) -> None:
    """One that has just come, in an answer that is being written.

    Without actions: a click would begin the drawing of that answer anew.
    """
    with parts().database.reading() as db:
        one = results.get(db, active, message_id=message_id, result_id=result_id)
    draw_one(active, one, with_actions=False)


def draw_one(
    active: SessionKey, one: Computed, *, with_actions: bool = True, place: str = ""
) -> None:
    """One of them, with what can be done with it; ``place`` tells keys of several apart."""
    with parts().database.reading() as db:
        data = results.shown(db, active, message_id=one.message_id, result_id=one.result_id)
    with st.container(key=f"{place}result-{one.result_id}", border=True, gap="small"):
        if one.title:
            st.markdown(f"**{plain(one.title)}**")
        spec = chart_of(one.about)
        if one.kind == "chart" and spec is not None:
            _chart(one, spec, data)
        else:
            tables.draw(data, total=one.total, alt=one.title or "Table")
        if with_actions:
            _folded(active, one)
        else:
            name = f"{place}show-query-{one.result_id}"
            with st.expander(QUERY, type="compact", icon=ICON, key=name):
                _query(one)


def words(title: str, spec: ChartSpec) -> str:
    """A chart in words, for whoever does not see it."""
    drawn = f"{spec.y} by {spec.x}" if spec.y else spec.x
    colours = f", coloured by {spec.colour}" if spec.colour else ""
    return f"{title or 'Chart'}: a {spec.kind} of {drawn}{colours}."


def _chart(one: Computed, spec: ChartSpec, data: bytes) -> None:
    found = tables.read(data)
    along = found.column(spec.x).unique().to_pylist() if spec.x in found.column_names else ()
    document = vega(spec, one.columns, along=along)
    st.vega_lite_chart(found, document, alt=words(one.title, spec), width="stretch")
    if one.count < one.total:
        st.caption(f"Drawn from {one.count:,} of {one.total:,} rows.")


def _folded(active: SessionKey, one: Computed) -> None:
    """What is drawn only when it is opened: each element costs at every run."""
    name = f"show-query-{one.result_id}"
    box = st.expander(QUERY, type="compact", icon=ICON, key=name, on_change="rerun")
    if not box.open:
        return
    with box:
        _query(one)
        with st.container(horizontal=True, gap="small"):
            for kind, label in FILES.items():
                st.download_button(
                    label,
                    data=partial(tables.as_file, active, one.message_id, one.result_id, kind),
                    file_name=f"{one.title or one.kind}.{kind}",
                    key=f"{kind}-{one.result_id}",
                    icon=":material/download:",
                    on_click="ignore",
                )
            if one.kind == "table":
                act, said = actions.run_again, (one.message_id, one.result_id)
                button("Run again", f"run-{one.result_id}", act, *said, icon="refresh")


def _query(one: Computed) -> None:
    st.code(one.query, language="sql", wrap_lines=True)
