"""A shared chat: read-only, for whoever has its link; nothing of whoever opens it is here."""

import streamlit as st

from chat.ui import state
from chat.ui.login import cookie
from chat.ui.login.wall import wall
from chat.ui.services import parts
from chat.ui.shares import reading

st.set_page_config(layout="centered")
if parts().sharing.needs_login or state.tab().joining:
    reading.remember()
    wall()
    cookie.write()

reading.draw()
