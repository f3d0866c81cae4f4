"""For administrators: what this process warned of lately, in the words of its log."""

import streamlit as st

from chat import recent_warnings
from chat.recent_warnings import LoggedWarning
from chat.ui.admin.people import administrator
from chat.ui.labels import plain
from chat.ui.times import ago
from store.types import utc_now

HEIGHT = 400
HIGH = 6
"""More than so many are scrolled through."""


def draw() -> None:
    """All that are kept, newest first."""
    administrator()
    found = recent_warnings.kept()
    with st.container(border=True, key="warnings"):
        st.subheader("Recent warnings", anchor=False)
        if not found:
            st.caption("This process has warned of nothing since it started.")
            return
        with st.container(
            height=HEIGHT if len(found) > HIGH else "content", border=False, key="warning-list"
        ):
            for one in found:
                _row(one)


def _row(one: LoggedWarning) -> None:
    often = [f"{one.count:,} times"] if one.count > 1 else []
    about = " · ".join([one.level.lower(), one.logger, ago(one.at, utc_now()), *often])
    st.markdown(f"{plain(one.text)}  \n:gray[{plain(about)}]")
