"""How one viewing of a live answer is drawn: status line, tool steps, blocks of text."""

import time
from collections.abc import Sequence
from typing import TYPE_CHECKING, Literal

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from chat.events import Event, Status, Token, ToolProgress
from chat.ui.chat.tool_steps import step_label
from chat.ui.labels import plain
from chat.ui.markdown.blocks import Blocks
from chat.ui.markdown.safe import DRAWN_CHARS, safe

if TYPE_CHECKING:
    from streamlit.elements.lib.mutable_status_container import StatusContainer

FLUSH_SECONDS = 0.04
FLUSH_SECONDS_PER_VIEWER = 0.0025
FLUSH_SECONDS_PER_CHAR = 1 / 20_000
LONGEST_NAP = 0.05
_STATES: dict[str, Literal["running", "complete"]] = {"running": "running", "done": "complete"}


class Drawing:
    """Draws into the container that is open when it is made."""

    def __init__(self, prefix: str) -> None:
        self._status = st.container(gap="xsmall")
        self._body = st.container()
        self._tail = self._slot()
        self._blocks = Blocks()
        self._steps: dict[str, StatusContainer] = {}
        self._line: DeltaGenerator | None = None
        self._finished: list[str] = []
        self._drawn = ""
        self._flushed = 0.0
        self._room = DRAWN_CHARS
        self._tail.markdown(":shimmer[Answering…]")
        self._feed(prefix)

    def take(self, events: Sequence[Event], viewers: int, *, at_once: bool) -> None:
        """Draw these; text is gathered for a moment first unless ``at_once``.

        The moment is longer the more viewers there are and the longer the unfinished block is.
        """
        for event in events:
            if isinstance(event, Token):
                self._feed(event.content)
            elif isinstance(event, Status):
                self._show_status(event.content)
            elif isinstance(event, ToolProgress):
                self._show_step(event)
        pause = (
            FLUSH_SECONDS
            + FLUSH_SECONDS_PER_VIEWER * viewers
            + FLUSH_SECONDS_PER_CHAR * len(self._blocks.tail)
        )
        due = self._flushed + pause - time.monotonic()
        if at_once or due <= 0:
            self._flush()
        elif self._finished or self._blocks.tail != self._drawn:
            time.sleep(min(due, LONGEST_NAP))

    def _slot(self) -> DeltaGenerator:
        """Room for one element, in a row that scrolls by itself when a table is too wide."""
        return self._body.container(horizontal=True, wrap=False).empty()

    def _feed(self, text: str) -> None:
        if self._room <= 0:
            return
        self._finished += self._blocks.feed(text[: self._room])
        self._room -= len(text)
        if self._room <= 0:
            self._status.caption("A long answer: the rest is not drawn while it is written.")

    def _flush(self) -> None:
        """What was finished since the last time becomes one element, for good."""
        tail = self._blocks.tail
        if not self._finished and (tail == self._drawn or not tail.strip()):
            return
        if self._finished:
            self._tail.markdown(safe("\n\n".join(self._finished)), anchors=False, width="stretch")
            self._tail = self._slot()
            self._finished = []
        if tail.strip():
            self._tail.markdown(safe(tail), anchors=False, width="stretch")
        self._drawn = tail
        self._flushed = time.monotonic()
        if self._line is not None:
            self._line.empty()
            self._line = None

    def _show_status(self, text: str) -> None:
        if self._line is None:
            self._line = self._status.empty()
        self._line.markdown(f":shimmer[{plain(text)}]")

    def _show_step(self, event: ToolProgress) -> None:
        running = event.state == "running" and event.summary
        label = plain(event.summary if running else step_label(event.name, event.summary))
        call = event.id or event.name
        if call not in self._steps:
            self._steps[call] = self._status.status(label, type="step")
        self._steps[call].update(label=label, state=_STATES.get(event.state, "error"))
