"""Admin: the people who use this Parley, and how it is doing."""

import streamlit as st

from chat.ui import failures, state
from chat.ui.login.wall import wall
from chat.ui.settings import people
from chat.ui.shell import dialogs, notices, pulse

st.set_page_config(layout="centered")
wall()

with failures.explained():
    people.administrator()
    st.title("Admin", anchor=False)
    people.draw()
    people.status()

with st.bottom:
    notices.draw(state.tab())
dialogs.open_asked()
pulse.watch_login()
