"""Bookmarks: the marked messages of all chats, newest first."""

import streamlit as st

from chat.ui import failures
from chat.ui.login.wall import wall
from chat.ui.sessions import bookmarks
from chat.ui.shell import dialogs

st.set_page_config(layout="centered")
wall()
st.title("Bookmarks", anchor=False)

with failures.explained():
    bookmarks.draw()

dialogs.below()
