"""What the query of a kept table gives now, beside which the table itself stays as it is."""

from concurrent.futures import wait

import streamlit as st

from chat.ui.chat import tables
from chat.ui.controls import dialog
from chat.ui.internals import runs
from chat.ui.labels import plain
from chat.ui.services import key, parts
from chat.ui.state import tab

SLICE_SECONDS = 0.05


@dialog("Run again", width="large")
def run_again_dialog(about: str) -> None:
    """Run it, and say what changed; ``about`` is the message and the result."""
    message_id, _, result_id = about.partition(" ")
    active, given = key(tab().session_id or ""), parts()
    running = given.loop.spawn(given.data.again(active, int(message_id), result_id))
    with st.spinner("The query runs…"):
        while not wait([running], SLICE_SECONDS).done:
            runs.break_point()
    found = running.result()
    if found.changes:
        st.warning("\n".join(f"- {plain(one)}" for one in found.changes))
    else:
        st.success("Nothing changed: it gives the same rows.", icon=":material/check:")
    tables.draw(found.result.shown, total=found.result.total, alt="What the query gives now")
