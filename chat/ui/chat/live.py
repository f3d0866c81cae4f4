"""The live answer: drawn from the turn's log in blocks, for as long as the run is not needed.

A finished Markdown block is sent once; only the last, unfinished one is sent again, so an answer
of n characters costs O(n) bytes. A click ends the run at the next `break_point`; the turn goes
on, and the next run draws from the log again.

While the process ends, no run begins: cut short, it would leave a tab without the timer for which
Streamlit asks the next process for a run.

The run of the page draws the first half second and ends, so that the browser can clear what was
there before; the fragment's timer has asked for its next run by then, which draws the rest. The
same timer takes up again a run that was stopped with Streamlit's own Stop.
"""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from chat.events import Done, ProfileEvent
from chat.turns.viewer import Viewer
from chat.ui import state
from chat.ui.chat.live_drawing import Drawing
from chat.ui.failures import explained
from chat.ui.internals import runs
from chat.ui.services import ended as login_ended
from chat.ui.services import key, parts
from store.values import Message

SLICE_SECONDS = 0.05
TIMER_SECONDS = 0.5
FIRST_SECONDS = 0.6
SHARED_SECONDS = 0.2
LOGIN_SECONDS = 1.0

_watching = 0
_lock = threading.Lock()


def follow(message: Message, where: DeltaGenerator | None, *, shared: bool) -> None:
    """Draw the answer until it ends, then run the page once more.

    ``where`` is None for an answer that only waits. ``shared`` while a dialog is open: its
    controls wait for the end of a run, so runs are short, and the page is left as it is.
    """
    first = True

    @st.fragment(run_every=TIMER_SECONDS)
    def draw() -> None:
        nonlocal first
        limit = SHARED_SECONDS if shared else FIRST_SECONDS if first else None
        first = False
        ended = False
        with explained():
            ended = _draw(message, where is not None, limit)
        if (ended and not shared and not parts().runner.closing) or login_ended():
            runs.let_leave()
            st.rerun()

    with where or st.container():
        draw()


def _draw(message: Message, visible: bool, limit: float | None) -> bool:
    """Draw for ``limit`` seconds, until the end, or until the panel has more to show.

    Whether the page is to run once more.
    """
    viewer: Viewer = parts().turns.attach(key(message.session_id), message.id)
    until = None if limit is None else time.monotonic() + limit
    with _counted(), parts().metrics.viewing("page"):
        drawing = Drawing(viewer, key(message.session_id), message.results) if visible else None
        results = 0
        while until is None or time.monotonic() < until:
            events = viewer.read(SLICE_SECONDS)
            ended = any(isinstance(event, Done) for event in events)
            if drawing:
                drawing.take(events, _watching, at_once=ended)
            results += sum(isinstance(event, ProfileEvent) for event in events)
            if ended or results > _shown(message) or login_ended(LOGIN_SECONDS):
                state.tab().results = (message.id, results)
                return True
            runs.break_point()
    return False


def _shown(message: Message) -> int:
    """How many of the answer's analysis results are in the panel by now."""
    about, count = state.tab().results
    return count if about == message.id else 0


@contextmanager
def _counted() -> Iterator[None]:
    global _watching
    with _lock:
        _watching += 1
    try:
        yield
    finally:
        with _lock:
            _watching -= 1
