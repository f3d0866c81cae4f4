"""How one viewing of a live answer is drawn: status line, tool steps, blocks of text."""

import time
from collections.abc import Sequence
from typing import TYPE_CHECKING, Literal

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from chat.events import Event, ResultEvent, Status, ToolProgress
from chat.turns.viewer import Viewer
from chat.ui.chat import computed
from chat.ui.chat.live_text import text_of
from chat.ui.chat.tool_steps import step_label
from chat.ui.failures import explained
from chat.ui.labels import plain
from store.result_values import Computed
from store.values import SessionKey

if TYPE_CHECKING:
    from streamlit.elements.lib.mutable_status_container import StatusContainer

LONGEST_NAP = 0.05
_STATES: dict[str, Literal["running", "complete"]] = {
    "running": "running",
    "asks": "running",
    "done": "complete",
}


class Drawing:
    """Draws into the container that is open when it is made."""

    def __init__(self, viewer: Viewer, active: SessionKey, kept: Sequence[Computed] = ()) -> None:
        """``kept`` are the results that the answer had when the page was drawn."""
        self._viewer, self._active = viewer, active
        self._status = st.container(gap="xsmall")
        self._results = st.container()
        self._body = st.container()
        self._tail = self._slot()
        self._text = text_of(viewer.log, viewer.prefix)
        self._steps: dict[str, StatusContainer] = {}
        self._lines: set[str] = set()
        self._line: DeltaGenerator | None = None
        self._elements = self._version = 0
        self._is_cut = False
        self._tail.markdown(":shimmer[Answering…]")
        self._drawn = {one.result_id for one in kept}
        for one in kept:
            with self._results, explained():
                computed.draw_one(active, one, with_actions=False)

    def take(self, events: Sequence[Event], viewers: int, *, at_once: bool) -> None:
        """Draw these, the viewer's newest; text is gathered for a moment unless ``at_once``."""
        for event in events:
            if isinstance(event, Status):
                self._show_status(event.content)
            elif isinstance(event, ToolProgress):
                self._show_step(event)
            elif isinstance(event, ResultEvent):
                self._show_result(event)
        self._text.take(events, self._viewer.number)
        due = self._text.make(viewers, at_once=at_once)
        if self._text.version != self._version:
            self._show_text()
        elif due:
            time.sleep(min(due, LONGEST_NAP))
        if self._text.is_cut and not self._is_cut:
            self._is_cut = True
            self._status.caption("A long answer: the rest is not drawn while it is written.")

    def _slot(self) -> DeltaGenerator:
        """Room for one element, in a row that scrolls by itself when a table is too wide."""
        return self._body.container(horizontal=True, wrap=False).empty()

    def _show_text(self) -> None:
        elements, tail, self._elements, self._version = self._text.after(self._elements)
        for element in elements:
            self._tail.markdown(element, anchors=False, width="stretch")
            self._tail = self._slot()
        if tail:
            self._tail.markdown(tail, anchors=False, width="stretch")
        if self._line is not None:
            self._line.empty()
            self._line = None

    def _show_result(self, event: ResultEvent) -> None:
        if event.result_id in self._drawn:
            return
        self._drawn.add(event.result_id)
        with self._results, explained():
            computed.draw_new(self._active, event.message_id, event.result_id)

    def _show_status(self, text: str) -> None:
        """Unless a step says it."""
        if text in self._lines:
            return
        if self._line is None:
            self._line = self._status.empty()
        self._line.markdown(f":shimmer[{plain(text)}]")

    def _show_step(self, event: ToolProgress) -> None:
        running = event.state in ("running", "asks") and event.summary
        label = plain(event.summary if running else step_label(event.name, event.summary))
        call = event.id or event.name
        if running:
            self._lines.add(event.summary)
        if call not in self._steps:
            self._steps[call] = self._status.status(label, type="step")
        self._steps[call].update(label=label, state=_STATES.get(event.state, "error"))
