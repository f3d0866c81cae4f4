"""The form in which an account is named, or a file with posts given."""

import streamlit as st

from chat.profiles.analyses import AnalysisRequest
from chat.profiles.choice import FILE_NAME
from chat.profiles.sources import SOURCES
from chat.ui import state
from chat.ui.controls import dialog, sure
from chat.ui.labels import handles
from chat.ui.profiles import actions
from chat.ui.services import key, parts

CHOICES = {
    "": (
        "Find it from the handle",
        "@name.bsky.social, @name@instance.social or the address of a feed",
    ),
    **{kind.name: (kind.title, kind.hint) for kind in SOURCES},
}
"""By what is stored: what the form calls it, and how a handle is written there."""
FILES = ["csv", "json", "ndjson", "jsonl", "js", "txt"]


@dialog("Analyze a profile")
def analyze_dialog(_about: str) -> None:
    """Begins an analysis, which goes on when the dialog, or the page, is closed."""
    source = st.selectbox(
        "Source", list(CHOICES), format_func=lambda one: CHOICES[one][0], key="profile-source"
    )
    with st.form("profile-form", border=False):
        handle = st.text_input(
            "Name" if source == FILE_NAME else "Handle",
            placeholder=CHOICES[source][1],
            max_chars=500,
            key="profile-handle",
        )
        uploaded = None
        if source == FILE_NAME:
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
    upload = (uploaded.name, uploaded.getvalue()) if uploaded else None
    wanted = actions.checked(source, handle, upload)
    actions.start(AnalysisRequest(source, wanted, again, upload))
    st.rerun()


@dialog("Remove profile")
def remove_dialog(about: str) -> None:
    """Asks first; ``about`` is source and handle."""
    source, _, handle = about.partition(" ")
    st.markdown(f"The analysis of “{handles(handle)}” is removed from this chat for good.")
    if sure("Remove", "remove-profile"):
        session = key(state.tab().session_id or "")
        parts().analyses.remove(session, source=source, handle=handle)
        st.rerun()
