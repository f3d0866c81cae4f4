"""Settings: the profile, the password, API tokens, logins, and one's own data."""

import streamlit as st

from chat.ui import account, api_tokens, dialogs, failures, notices, pulse, state
from chat.ui.login import wall

wall()
st.title("Settings", anchor=False)

with failures.explained():
    account.profile()
    account.password()
    api_tokens.draw()
    account.logins()
    account.data()

with st.bottom:
    notices.draw(state.tab())
dialogs.open_asked()
pulse.watch_login()
