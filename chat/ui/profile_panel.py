"""The panel beside the transcript: a card for each analysed account of this session."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import streamlit as st

from chat.ui import profile_actions as actions
from chat.ui import profile_card
from chat.ui.failures import explained
from chat.ui.icons import icon_label
from chat.ui.labels import plain
from chat.ui.services import parts, place
from chat.ui.times import zone
from store import profiles

FOLLOW_SECONDS = 0.5
ZONE = "profile-zone"
SIDE_BY_SIDE = (3, 2)
CARDS_HEIGHT = 480


def is_there(session_id: str | None) -> bool:
    """Whether the session has results, or analyses that run or just failed."""
    if session_id is None:
        return False
    if parts().analyses.of(**place(session_id)):
        return True
    with parts().database.reading() as db:
        return profiles.count(db, **place(session_id)) > 0


def columns(has_panel: bool) -> tuple[Any, Any]:
    """Where the transcript goes, and where the panel; None for the panel when there is none.

    The columns end together, so that the panel is in view where the newest messages are.
    """
    st.set_page_config(layout="wide" if has_panel else "centered")
    if not has_panel:
        return st.container(), None
    left, right = st.columns(SIDE_BY_SIDE, gap="large", vertical_alignment="bottom")
    return left, right


def draw(session_id: str) -> None:
    """The whole panel; raises the store's errors."""
    found = profile_card.load(session_id)
    with st.container(key="profiles"):
        with st.container(horizontal=True, vertical_alignment="center"):
            st.markdown("**Profiles**")
            form_button("profiles-analyze")
            if len(found) > 1:
                st.button(
                    "Compare",
                    key="compare",
                    icon=":material/compare_arrows:",
                    type="tertiary",
                    on_click=actions.ask_for_comparison,
                )
        _others(session_id)
        where = _zone() if found else ""
        with st.container(height=CARDS_HEIGHT if found else "content", border=False):
            for profile, key in zip(found, _keys(found), strict=True):
                profile_card.draw(profile, where, key)


def form_button(key: str) -> None:
    """**Analyze a profile**, which opens the form."""
    st.button(
        "Analyze a profile",
        key=key,
        icon=":material/monitoring:",
        type="tertiary",
        on_click=actions.ask_for_form,
    )


def _zone() -> str:
    own = str(zone())
    if own == "UTC":
        return own
    return str(
        st.segmented_control(
            "Time zone",
            [own, "UTC"],
            default=own,
            key=ZONE,
            label_visibility="collapsed",
            required=True,
        )
    )


def _keys(found: Sequence[profile_card.Analysed]) -> list[str]:
    """The handle; with its source where two sources have the same one."""
    handles = [profile.handle for profile in found]
    return [
        f"{one.handle}-{one.source}" if handles.index(one.handle) != n else one.handle
        for n, one in enumerate(found)
    ]


def _others(session_id: str) -> None:
    """Analyses that run, and those that failed a moment ago."""
    asked = parts().analyses.of(**place(session_id))
    running = sum(not one.log.closed for one in asked)
    if running:
        _follow(session_id, running)
    for one in asked:
        if one.failure:
            with st.container(horizontal=True, vertical_alignment="center", wrap=False):
                st.error(plain(one.failure), icon=":material/error:")
                st.button(
                    icon_label("Dismiss", "close"),
                    key=f"dismiss-analysis-{asked.index(one)}",
                    type="tertiary",
                    on_click=actions.dismiss,
                )


def _follow(session_id: str, running: int) -> None:
    """A line for each analysis that runs; the page once more when one of them is over."""

    @st.fragment(run_every=FOLLOW_SECONDS)
    def lines() -> None:
        with explained():
            asked = parts().analyses.of(**place(session_id))
            going = [one for one in asked if not one.log.closed]
            for one in going:
                st.markdown(f":shimmer[{plain(one.line)}]")
            over = len(going) < running
        if over:
            st.rerun()

    lines()
