"""The sidebar: who is there, new chat, search, the list, and the other pages."""

from __future__ import annotations

import streamlit as st

from chat.ui import session_actions as actions
from chat.ui import session_list, state
from chat.ui.failures import explained
from chat.ui.icons import icon_label
from chat.ui.search_key import search_key


def draw() -> None:
    """Everything in it; on every page."""
    with st.sidebar:
        with st.container(horizontal=True, vertical_alignment="center", gap="small"):
            st.markdown("**Parley**")
            st.caption("Local user")
            search_key()
        with st.container(horizontal=True, gap="small", wrap=False):
            st.button(
                "New chat",
                key="new-chat",
                icon=":material/edit_square:",
                shortcut="Ctrl+J",
                on_click=actions.open_session,
                args=(None,),
                width="stretch",
            )
            st.button(
                icon_label("New chat options", "settings"),
                key="new-chat-options",
                on_click=_ask_for_options,
            )
        st.text_input(
            "Search chats",
            key="search-chats",
            type="search",
            live=True,
            placeholder="Search chats (Ctrl+K)",
            label_visibility="collapsed",
            persist_state="session",
        )
        with st.container(), explained():
            session_list.draw()
        st.page_link("manage_page.py", label="Manage sessions", icon=":material/list_alt:")


def _ask_for_options() -> None:
    state.tab().dialog = ("new", "")
