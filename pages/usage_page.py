"""Usage: what was used by day, model, persona and folder, and for administrators by user."""

import streamlit as st

from chat.ui import failures
from chat.ui.login.wall import wall
from chat.ui.shell import dialogs
from chat.ui.usage import report

st.set_page_config(layout="wide")
wall()
st.title("Usage", anchor=False)

with failures.explained():
    report.draw()

dialogs.below()
