"""Admin: the people who use this Parley, and how it is doing."""

import streamlit as st

from chat.ui import failures
from chat.ui.login.wall import wall
from chat.ui.settings import people
from chat.ui.shell import dialogs

st.set_page_config(layout="centered")
wall()

with failures.explained():
    people.administrator()
    st.title("Admin", anchor=False)
    people.draw()
    people.budgets()
    people.status()

dialogs.below()
