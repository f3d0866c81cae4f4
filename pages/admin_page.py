"""Admin: the people who use this Parley, what lets others in, and how it is doing."""

import streamlit as st

from chat.ui import failures
from chat.ui.admin import access, diagnostics, maintenance, people, retention, running, warnings
from chat.ui.login.wall import wall
from chat.ui.shell import dialogs

st.set_page_config(layout="centered")
wall()

with failures.explained():
    people.administrator()
    st.title("Admin", anchor=False)
    people.draw()
    access.draw()
    retention.draw()
    maintenance.draw()
    running.budgets()
    running.what_runs()
    warnings.draw()
    diagnostics.draw()

dialogs.below()
