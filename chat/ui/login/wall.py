"""The wall: nobody gets past it unknown, and nobody into a tab that belongs to another."""

import streamlit as st

from chat.people.identity import Identity
from chat.ui import place, state
from chat.ui.failures import explained
from chat.ui.login import cookie, forms, oidc
from chat.ui.services import parts, repeat, whoami
from store.errors import ReadOnly


def wall() -> None:
    """The first thing in each page: end the run unless somebody is there."""
    if not somebody():
        st.stop()


def somebody() -> bool:
    """The first thing in the script: whether the one the tab belongs to, or now will, is there.

    Otherwise the login is drawn, and nothing else must be: the run has to end by itself, because
    after `st.stop` Streamlit keeps the fragments of the page before, with their timers. When
    whoever the tab belonged to is gone, the tab forgets everything and begins again.
    """
    known = state.tab()
    found = None
    with explained():
        try:
            found = whoami()
        except ReadOnly:
            _wait()
            return False
        if known.owner and (found is None or found.user_id != known.owner):
            _begin_again(found)
        if found is None:
            found = _ask()
    if found is not None:
        known.owner = found.user_id
    return found is not None


def _wait() -> None:
    """Somebody new, of whom nothing can be kept while it is read only."""
    st.info("You are new here, and nobody new can begin before that is over.")
    repeat(_begin_when_over)


def _begin_when_over() -> None:
    st.caption("It goes on by itself then.")
    if not parts().read_only.state.is_on:
        st.rerun()


def _begin_again(found: Identity | None) -> None:
    if found is None:
        cookie.log_out()
    else:
        state.forget()
    st.rerun()


def _ask() -> Identity | None:
    """Draw the login and nothing else; whoever logged in with it in this run."""
    identities = parts().identities
    if identities.mode.provider:
        oidc.draw_login(identities)
        return None
    if not identities.mode.passwords:
        st.warning(
            "This browser is not known here. Allow cookies for this page, then reload it.",
            icon=":material/cookie_off:",
        )
        return None
    room = st.empty()
    with room.container():
        place.heading()
        forms.draw()
        place.links()
    found = whoami()
    if found is None:
        cookie.write()
    else:
        room.empty()
    return found
