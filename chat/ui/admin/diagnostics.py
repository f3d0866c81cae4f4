"""For administrators: **Download diagnostics**, one file for whoever helps; made at the click."""

from collections.abc import Callable

import streamlit as st

from chat.diagnostics.report import of_process
from chat.errors import NotSignedIn
from chat.people.identity import Identity
from chat.ui.admin.people import administrator
from chat.ui.services import lookup, parts


def draw() -> None:
    """The button; whoever clicks is looked up then."""
    administrator()
    with st.container(border=True, key="diagnostics"):
        st.subheader("Diagnostics", anchor=False)
        st.caption(
            "One file for whoever helps you: versions, settings, counts, states and the warnings "
            "above. Without secrets, and without names, titles and texts of people."
        )
        st.download_button(
            "Download diagnostics",
            data=made_by(lookup()),
            file_name="parley-diagnostics.json",
            mime="application/json",
            key="download-diagnostics",
            icon=":material/download:",
            on_click="ignore",
        )


def made_by(who: Callable[[], Identity | None]) -> Callable[[], bytes]:
    """Makes the file, for an administrator."""

    def made() -> bytes:
        found = who()
        if found is None or not found.is_admin or found.mode.local:
            raise NotSignedIn
        return of_process(parts())

    return made
