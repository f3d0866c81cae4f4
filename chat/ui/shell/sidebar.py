"""The sidebar: who is there, new chat, search, the list, and the other pages."""

from contextlib import suppress

import streamlit as st

from chat.limits.words import expiry
from chat.ui import place, state, temporary
from chat.ui.components import page
from chat.ui.controls import button, icon_button
from chat.ui.failures import explained, shown
from chat.ui.labels import plain
from chat.ui.login import cookie
from chat.ui.services import identity, parts
from chat.ui.sessions import filters, search, session_list
from chat.ui.shell import asked
from store import users
from store.errors import StoreError


def draw() -> None:
    """Everything in it; on every page."""
    with st.sidebar:
        with st.container(horizontal=True, vertical_alignment="center", gap="small"):
            st.markdown(f"**{plain(parts().settings.name)}**")
            st.caption(plain(_who()))
            page.scripts(asked.all_of_them())
            cookie.write()
        with st.container(horizontal=True, gap="small", wrap=False):
            with st.container(key="new-chat", width="stretch"):
                # Before the settings themselves: what is on screen is what the next message has.
                page.part("newChat", state.tab().draft.chosen())
            options = ("New chat options", "settings", "new-chat-options")
            icon_button(*options, state.ask, "new", quiet=False)
        with st.container(horizontal=True, gap="small", wrap=False, vertical_alignment="center"):
            st.text_input(
                "Search chats",
                key="search-chats",
                type="search",
                live=True,
                placeholder="Search chats (Ctrl+K)",
                label_visibility="collapsed",
                persist_state="session",
            )
            box = filters.box()
        with st.container():
            if query := str(state.value("search-chats") or "").strip():
                about = ("Search messages", "search-messages", search.open_page, query)
                button(*about, icon="manage_search", quiet=True)
        with st.container(), explained():
            session_list.draw(box)
        if goes := expiry(parts().settings, is_guest=identity().role == "guest"):
            st.caption(goes)
        _links()
        place.links()


def _who() -> str:
    """Who is there; without login the name is read once per tab."""
    found = identity()
    if found.role == "guest":
        return found.display_name
    if not found.mode.local:
        return f"Signed in as {found.display_name}"
    known = state.tab()
    if known.local_name is None:
        with suppress(StoreError), parts().database.reading() as db:
            known.local_name = users.get(db, user_id=found.user_id).name
    return known.local_name or found.display_name


def _links() -> None:
    found = identity()
    st.page_link("manage_page.py", label="Manage sessions", icon=":material/list_alt:")
    st.page_link("bookmarks_page.py", label="Bookmarks", icon=":material/bookmark:")
    st.page_link("usage_page.py", label="Usage", icon=":material/monitoring:")
    st.page_link("settings_page.py", label="Settings", icon=":material/settings:")
    if found.is_admin and found.mode.accounts:
        st.page_link("admin_page.py", label="Admin", icon=":material/shield_person:")
    if found.login_id:
        st.button("Log out", key="logout", icon=":material/logout:", on_click=_log_out)


def _log_out() -> None:
    with shown():
        found = identity()
        temporary.leave(state.tab().temporary)
        parts().identities.log_out(found)
        state.tab().leaving = found.mode.provider
    state.tab().looked_up = None
