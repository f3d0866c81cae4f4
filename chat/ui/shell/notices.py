"""Lines that come and go above the composer: what failed, and what can be undone."""

import time
from contextlib import suppress

import streamlit as st

from chat.limits.report import notice
from chat.ui import maintenance, state
from chat.ui.controls import icon_button
from chat.ui.labels import plain
from chat.ui.services import identity, parts
from chat.ui.sessions import actions as session_actions
from store.errors import StoreError


def draw(known: state.Tab) -> None:
    """What the last click did or why it failed, and **Undo** for half a minute.

    Here, and not on top, the line of maintenance is seen however far one has scrolled.
    """
    maintenance.line(known)
    with suppress(StoreError):
        if text := notice(parts().limits, identity().role):
            st.info(text, icon=":material/hourglass_top:")
    if known.notice and known.session_id:
        st.info(known.notice, icon=":material/search_off:")
    if known.done:
        st.success(plain(known.done), icon=":material/check:")
    known.said, known.done = known.done, ""
    if known.error:
        st.error(plain(known.error), icon=":material/error:")
    undo = known.undo
    if undo is not None and time.monotonic() < undo.until:
        with st.container(horizontal=True, vertical_alignment="center"):
            st.markdown(undo.text)
            st.button("Undo", key="undo", on_click=session_actions.undo)
            icon_button("Dismiss", "close", "dismiss", session_actions.forget_undo)
