"""Settings: profile, password, personas, MCP servers, API tokens, links, logins, own data."""

import streamlit as st

from chat.ui import failures
from chat.ui.login.wall import wall
from chat.ui.settings import account, api_tokens, mcp_servers, own_personas, without_api
from chat.ui.shares import links
from chat.ui.shell import dialogs

st.set_page_config(layout="centered")
wall()
st.title("Settings", anchor=False)

with failures.explained():
    without_api.draw()
    account.profile()
    account.preferences()
    account.password()
    own_personas.draw()
    mcp_servers.draw()
    api_tokens.draw()
    links.draw()
    account.logins()
    account.data()

dialogs.below()
