"""The form in which an account is named, or a file with posts given."""

from __future__ import annotations

import streamlit as st

from chat.profiles.analyses import Wanted
from chat.ui.failures import explained
from chat.ui.labels import handles
from chat.ui.profiles import actions
from chat.ui.profiles.card import SOURCES

HINTS = {
    "": "@name.bsky.social, @name@instance.social or the address of a feed",
    "bluesky": "name.bsky.social",
    "mastodon": "name@instance.social",
    "x": "name",
    "feed": "https://example.com/feed.xml",
    "file": "How to call it (the file's name unless you say)",
}
FILES = ["csv", "json", "ndjson", "jsonl", "js", "txt"]


@st.dialog("Analyze a profile", on_dismiss="rerun")
def analyze_dialog(_about: str) -> None:
    """Begins an analysis, which goes on when the dialog, or the page, is closed."""
    source = st.selectbox(
        "Source",
        list(HINTS),
        format_func=lambda one: SOURCES.get(one, "Find it from the handle").capitalize(),
        key="profile-source",
    )
    with st.form("profile-form", border=False):
        handle = st.text_input(
            "Name" if source == "file" else "Handle",
            placeholder=HINTS[source],
            max_chars=500,
            key="profile-handle",
        )
        uploaded = None
        if source == "file":
            uploaded = st.file_uploader(
                "File with posts", type=FILES, max_upload_size=20, key="profile-file"
            )
            st.caption("CSV, JSON, NDJSON, or the tweets.js of an X archive.")
            again = True
        else:
            again = st.checkbox(
                "Fetch again if it was analyzed in this chat before", key="profile-again"
            )
        if not st.form_submit_button("Analyze", type="primary", key="profile-start"):
            return
    with explained():
        upload = (uploaded.name, uploaded.getvalue()) if uploaded else None
        wanted = actions.checked(source, handle, upload)
        actions.start(Wanted(source, wanted, again, upload))
        st.rerun()


@st.dialog("Remove profile", on_dismiss="rerun")
def remove_dialog(about: str) -> None:
    """Asks first; ``about`` is source and handle."""
    source, _, handle = about.partition(" ")
    st.markdown(f"The analysis of “{handles(handle)}” is removed from this chat for good.")
    with st.container(horizontal=True):
        sure = st.button("Remove", type="primary", key="confirm-remove-profile")
        if st.button("Cancel", key="cancel-remove-profile"):
            st.rerun()
    if sure:
        with explained():
            actions.remove(source, handle)
            st.rerun()
