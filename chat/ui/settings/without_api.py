"""What does not work where the browser does not reach the API, on the settings page."""

import streamlit as st

from chat.ui import state

LOST = """
- The HTTP API under `/api`, and with it API tokens, also for shared chats.
- Files of more than 20 MB, and files that are dropped or pasted: **Attach files** and **Import**
  take the others.
- What changes in another tab is seen after about ten seconds, or when the tab is looked at.
"""


def draw() -> None:
    """Nothing where it does."""
    if state.tab().has_api:
        return
    with st.container(border=True, key="without-api"):
        st.subheader("What does not work here", anchor=False)
        st.markdown(
            "The host of this page passes only Streamlit's own addresses. Chats, answers, logins "
            f"and links to shared chats work all the same. What does not:\n{LOST}"
        )
