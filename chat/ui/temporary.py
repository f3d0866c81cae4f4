"""The temporary chat of a tab: it goes when the tab shows another one, and it can be kept."""

from contextlib import suppress

import streamlit as st

from chat.ui import services, state
from chat.ui.controls import button
from chat.ui.failures import done
from chat.ui.internals import tabs
from store.errors import StoreError
from store.session_values import ChatSession
from store.values import SessionKey

ABOUT = (
    "Not listed and not found. It is deleted for good when you leave it, at the latest an hour "
    "after its last message."
)


def follow(known: state.Tab, session: ChatSession | None) -> None:
    """Note which one this tab shows, and let go the one that it showed before."""
    left, is_temporary = known.temporary, session is not None and session.temporary
    known.temporary = known.session_id if is_temporary else None
    if left is not None and left != known.session_id:
        leave(left)
    if known.temporary is not None:
        services.parts().temporary.watch(services.key(known.temporary), _on_screen)


def leave(session_id: str | None) -> None:
    """It is no longer in this tab; it goes unless another tab shows it or it is being answered."""
    if session_id is None:
        return
    key = services.key(session_id)
    with suppress(StoreError):
        if key not in _on_screen(besides=state.tab()):
            services.parts().sessions.close(key)


def draw(session: ChatSession) -> None:
    """What is to be known of it, and the way to keep it."""
    with st.container(horizontal=True, vertical_alignment="center", key="temporary"):
        st.info(f"**Temporary chat.** {ABOUT}", icon=":material/timer:")
        button("Keep this chat", "keep-chat", _keep, session.session_id)


def toggle(known: state.Tab) -> None:
    """Whether the chat that begins is to be one."""
    state.put("new-temporary", known.draft.temporary)
    st.toggle("Temporary chat", key="new-temporary", help=ABOUT, on_change=_choose)


def _choose() -> None:
    known = state.tab()
    if known.session_id is None:  # what has just gone is reported once more
        known.draft.temporary = bool(state.value("new-temporary"))


def _keep(session_id: str) -> None:
    with done("This chat is kept."):
        services.parts().sessions.change(services.key(session_id), temporary=False)


def _on_screen(besides: state.Tab | None = None) -> set[SessionKey]:
    found = (tab for tab in tabs.held_by_all(state.KEY) if tab is not besides)
    return {
        SessionKey(tab.owner, tab.session_id)
        for tab in found
        if isinstance(tab, state.Tab) and tab.session_id is not None
    }
