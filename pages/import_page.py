"""Import: a file of chats, from here or from elsewhere."""

import streamlit as st

from chat.ui import failures
from chat.ui.login.wall import wall
from chat.ui.shell import dialogs
from chat.ui.transfer import importing

st.set_page_config(layout="centered")
wall()
st.title("Import", anchor=False)

with failures.explained():
    importing.draw()

dialogs.below()
