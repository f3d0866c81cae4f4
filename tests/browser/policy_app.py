"""policy_script.py under the headers that every answer of Parley carries."""

from pathlib import Path

import streamlit as st
from starlette.middleware import Middleware

from chat.server.headers import SafeHeaders
from chat.ui.internals import page

app = st.App(
    Path(__file__).with_name("policy_script.py"),
    middleware=[Middleware(SafeHeaders, page.script_hashes(), tuple)],
)
