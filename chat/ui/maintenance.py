"""The line of each page while it is read only."""

import streamlit as st

from chat.ui import state
from chat.ui.labels import plain
from chat.ui.services import parts, repeat
from store.maintenance import WORDS


def line(known: state.Tab) -> None:
    """What the operator says, drawn where news of it has the page drawn anew."""
    now = parts().read_only.state
    if now.is_on:
        _say()
    elif known.error.startswith(WORDS):  # which is no longer so
        known.error = ""


def line_of_itself() -> None:
    """The same where nobody is known who could have news: once it is there, it goes by a timer.

    Else there is none: open pages of strangers cost nothing.
    """
    if parts().read_only.state.is_on:
        repeat(_say)


def _say() -> None:
    now = parts().read_only.state
    if now.is_on:
        st.warning(plain(now.words), icon=":material/construction:")
