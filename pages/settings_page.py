"""Settings: the profile, the password, personas, MCP servers, API tokens, logins, own data."""

import streamlit as st

from chat.ui import (
    account,
    api_tokens,
    dialogs,
    failures,
    mcp_servers,
    notices,
    own_personas,
    pulse,
    state,
)
from chat.ui.login import wall

st.set_page_config(layout="centered")
wall()
st.title("Settings", anchor=False)

with failures.explained():
    account.profile()
    account.password()
    own_personas.draw()
    mcp_servers.draw()
    api_tokens.draw()
    account.logins()
    account.data()

with st.bottom:
    notices.draw(state.tab())
dialogs.open_asked()
pulse.watch_login()
