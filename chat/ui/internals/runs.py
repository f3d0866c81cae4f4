"""What only Streamlit's inside tells about a run of the script, and where a run can be ended.

All ways to the session's state that are documented are points at which the next click ends the
run, and with it a callback that is half done; but for ``to_dict``, which copies all of it.
"""

import time

import streamlit as st
from streamlit.runtime.scriptrunner_utils.script_run_context import get_script_run_ctx
from streamlit.runtime.state.session_state_proxy import get_session_state

LEAVING_SECONDS = 0.04


def held(key: str) -> object:
    """What this tab's state holds under a key; None without it. The run goes on in any case."""
    state = get_session_state()
    with state._lock:
        try:
            return state._state[key]
        except KeyError:
            return None


def break_point() -> None:
    """Where a click can end a run that is only waiting."""
    "any" in st.session_state  # noqa: B015


def let_leave() -> None:
    """Before a rerun: it throws away what was drawn and has not left the server yet."""
    time.sleep(LEAVING_SECONDS)


def back_or_forward() -> bool:
    """Whether this run shows what the browser's Back or Forward led to."""
    context = get_script_run_ctx()
    return context is not None and context.is_history_navigation
