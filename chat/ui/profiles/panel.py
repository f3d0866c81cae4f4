"""The panel beside the transcript: a card for each analysed account of this session."""

import itertools
import math
from collections.abc import Sequence
from typing import Literal

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from chat.profiles.analyses import KNOWN_BEFORE
from chat.profiles.results import KeptResult
from chat.ui import state
from chat.ui.controls import button
from chat.ui.failures import explained
from chat.ui.labels import handles
from chat.ui.profiles import actions, card
from chat.ui.services import key as session_key
from chat.ui.services import parts
from chat.ui.times import zone

FOLLOW_SECONDS = 0.5
SIDE_BY_SIDE = (3, 2)
CARDS_HEIGHT = 420
PAGER_HEIGHT = 56
PAGE = 5
FETCH = "Fetch it again for newer posts."


def is_there(session_id: str | None, results: int) -> bool:
    """Whether the session has results, or analyses that run or failed."""
    if session_id is None:
        return False
    return results > 0 or bool(parts().analyses.of(session_key(session_id)))


def columns(has_panel: bool, beside: int) -> tuple[DeltaGenerator, DeltaGenerator | None]:
    """Where the transcript goes, and where the panel; None for the panel when there is none.

    Both start on top, but for a transcript that is higher than the panel (``beside`` pixels): they
    end together, so that the panel is in view where the newest messages are.
    """
    st.set_page_config(layout="wide" if has_panel else "centered")
    if not has_panel:
        return st.container(), None
    align: Literal["top", "bottom"] = "bottom" if beside > CARDS_HEIGHT else "top"
    left, right = st.columns(SIDE_BY_SIDE, gap="large", vertical_alignment=align)
    return left, right


def draw(session_id: str, there: int) -> None:
    """The whole panel, of so many results; raises the store's errors."""
    with st.container(key="profiles"):
        with st.container(horizontal=True, vertical_alignment="center"):
            st.markdown("**Profiles**")
            form_button("profiles-analyze")
            if there > 1:
                icon = "compare_arrows"
                button("Compare", "compare", state.ask, "compare", icon=icon, quiet=True)
        # What comes and goes has its own place: what is below would be drawn anew each time.
        with st.container():
            _others(session_id)
        if there:
            _zone()
            _cards(session_id, there)


def _cards(session_id: str, there: int) -> None:
    """The newest first; with very many they are on pages, each result can be large."""
    pages = math.ceil(there / PAGE)
    at = st.pagination(pages, key=f"profiles-page-{session_id}-{pages}") if pages > 1 else 1
    found = card.load(session_id, PAGE, (at - 1) * PAGE)
    where = card.chosen_zone()
    height = CARDS_HEIGHT - (PAGER_HEIGHT if pages > 1 else 0)
    with st.container(height=height, border=False):
        for profile, key in zip(found, keys(found), strict=True):
            card.draw(profile, where, key)


def form_button(key: str) -> None:
    """**Analyze a profile**, which opens the form."""
    button("Analyze a profile", key, state.ask, "analyze", icon="monitoring", quiet=True)


def _zone() -> None:
    own = str(zone())
    if own != "UTC":
        st.segmented_control(
            "Time zone",
            [own, "UTC"],
            default=own,
            key=card.ZONE,
            label_visibility="collapsed",
            required=True,
        )


def keys(found: Sequence[KeptResult]) -> list[str]:
    """The handle; with its source, and then a number, where that is another one's key already."""
    taken: list[str] = []
    for one in (kept.result for kept in found):
        names = (one.handle, f"{one.handle}-{one.source}")
        more = (f"{names[1]}-{number}" for number in itertools.count(2))
        taken.append(next(name for name in itertools.chain(names, more) if name not in taken))
    return taken


def _others(session_id: str) -> None:
    """Analyses that run, and what there is to say of others that failed or ended just now."""
    asked = parts().analyses.of(session_key(session_id))
    running = sum(not one.log.closed for one in asked)
    if running:
        _follow(session_id, running, stays=state.tab().dialog is not None)
    over = [one for one in asked if one.log.closed and (one.failure or one.line == KNOWN_BEFORE)]
    if not over:
        return
    for one in over:
        if one.failure:
            st.error(handles(one.failure), icon=":material/error:")
        else:
            name = f"{one.handle}: " if one.handle else ""
            st.info(handles(f"{name}{one.line} {FETCH}"), icon=":material/info:")
    button("Dismiss", "dismiss-analyses", actions.dismiss, icon="close", quiet=True)


def _follow(session_id: str, running: int, *, stays: bool) -> None:
    """A line for each analysis that runs; the page once more when one of them is over.

    Not while a dialog is open, which ``stays``: the page would close it, and what is typed is gone.
    """

    @st.fragment(run_every=FOLLOW_SECONDS)
    def lines() -> None:
        with explained():
            asked = parts().analyses.of(session_key(session_id))
            going = [one for one in asked if not one.log.closed]
            for one in going:
                st.markdown(f":shimmer[{handles(one.line)}]")
            over = len(going) < running
        if over and not stays:
            st.rerun()

    lines()
