"""Notices what happens elsewhere: another tab's message, an answer that ended, a model found."""

from __future__ import annotations

import streamlit as st

from chat.ui import state
from chat.ui.services import parts, user_id

PULSE_SECONDS = 2.0


def note(known: state.Tab) -> None:
    """Remember, before anything is read, what this run will have seen."""
    known.seen = _now()


@st.fragment(run_every=PULSE_SECONDS)
def watch() -> None:
    """Run the page again when one of the user's turns or the model's status changed since."""
    if _now() != state.tab().seen:
        st.rerun()


def _now() -> object:
    return parts().turns.changes(user_id()), parts().provider.status()
