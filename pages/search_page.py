"""Search: in the titles and messages of all of one's chats; a hit opens its message."""

import streamlit as st

from chat.ui import failures
from chat.ui.login.wall import wall
from chat.ui.sessions import search
from chat.ui.shell import dialogs

st.set_page_config(layout="centered")
wall()

with st.container(key="search-page"):
    st.title("Search", anchor=False)
    with failures.explained():
        search.draw()

dialogs.below()
