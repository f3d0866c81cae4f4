"""The script behind every page: who is there, the sidebar, then the page that was asked for."""

import streamlit as st

from chat.ui import sidebar, state

st.set_page_config(page_title="Parley", layout="centered")

known = state.tab()
page = st.navigation(
    [
        st.Page("chat_page.py", title="Chat", url_path="chat", default=True),
        st.Page("manage_page.py", title="Manage sessions", url_path="manage"),
    ],
    position="hidden",
)
known.page = page.url_path or "chat"
if known.page == "chat":
    state.follow_url(known)
sidebar.draw()
page.run()
