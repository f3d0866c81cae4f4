"""Notices what happens elsewhere: another tab's message, an answer or analysis that ended, a
model found.

And that whoever the page belongs to is no longer there: logged out in another tab, disabled.
"""

import streamlit as st

from chat.ui import state
from chat.ui.services import ended, parts, repeat
from store.values import SessionKey

LOGIN_SHARE = 0.75


def note(known: state.Tab) -> None:
    """Remember, before anything is read, what this run will have seen."""
    known.seen = _now(known)


def watch() -> None:
    """Run the page again when a turn, the model's status or the login changed since."""
    repeat(_watch)


def _watch() -> None:
    if ended() or _now(known := state.tab()) != known.seen:
        st.rerun()


def watch_login() -> None:
    """The same for the login alone, on pages that show no turns; nothing where there is none."""
    if not parts().identities.mode.local:
        repeat(_watch_login, LOGIN_SHARE)


def _watch_login() -> None:
    if ended():
        st.rerun()


def _now(known: state.Tab) -> object:
    analyses = parts().analyses.of(SessionKey(known.owner, known.session_id or ""))
    ended = tuple(one.log.closed for one in analyses)
    return parts().runner.changes.of(known.owner), parts().provider.status(), ended
