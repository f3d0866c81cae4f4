"""AppTest that runs a fragment alone where a browser asks for it; by itself it runs all.

Streamlit's own parts do the work: its queue drops what the fragment had drawn and keeps the rest,
as it does in front of a browser.
"""

from __future__ import annotations

import json
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

from streamlit.components.v2.component_manager import BidiComponentManager
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.proto.WidgetStates_pb2 import WidgetState
from streamlit.runtime.fragment import MemoryFragmentStorage
from streamlit.runtime.scriptrunner_utils.script_requests import RerunData, ScriptRequests
from streamlit.source_util import PageHash, PageInfo
from streamlit.testing.v1 import AppTest, app_test
from streamlit.testing.v1.element_tree import Widget
from streamlit.testing.v1.local_script_runner import LocalScriptRunner

from tests import said

RUN_SECONDS = 60


@cache
def _components() -> BidiComponentManager:
    """Those of all tabs: each scan reads what all installed packages say of themselves."""
    manager = BidiComponentManager()
    manager.discover_and_register_components(start_file_watching=False)
    return manager


class TabFragments(MemoryFragmentStorage):
    """A tab's fragments, pages and all that it was sent; ``wanted`` is to run next, else all."""

    def __init__(self) -> None:
        super().__init__()
        self.pages: dict[PageHash, PageInfo] = {}
        self.sent: list[ForwardMsg] = []
        self.wanted = ""


class FragmentRunner(LocalScriptRunner):
    """Runs what is wanted, in a tab that knows its pages: callbacks may lead to another one."""

    _fragment_storage: TabFragments

    def request_rerun(self, rerun_data: RerunData) -> bool:
        tab = self._fragment_storage
        if tab.pages:
            self._pages_manager._pages = tab.pages
        if tab.wanted:
            rerun_data = replace(rerun_data, fragment_id_queue=[tab.wanted])
            self.forward_msg_queue._queue = list(tab.sent)
            self._requests = ScriptRequests()  # else it joins the first one, which is for all
        return super().request_rerun(rerun_data)

    def forward_msgs(self) -> list[ForwardMsg]:
        tab = self._fragment_storage
        tab.pages, tab.sent = self._pages_manager.get_pages(), super().forward_msgs()
        return tab.sent


class FragmentTest(AppTest):
    """One tab: `run` is for the whole script, `run_for` for what a control is in."""

    def __init__(self, script: Path) -> None:
        super().__init__(script, default_timeout=RUN_SECONDS)
        self._fragment_storage: TabFragments = TabFragments()
        self._bidi_component_manager = _components()

    def _run(self, *given: Any, **more: Any) -> AppTest:
        own, app_test.LocalScriptRunner = app_test.LocalScriptRunner, FragmentRunner
        try:
            return super()._run(*given, **more)
        finally:
            app_test.LocalScriptRunner = own
            self._page_hash = ""  # which is for one run; from there on the page says where it leads

    def run_for(self, control: Widget) -> None:
        """Run after this control was changed."""
        self._only(self._fragment_of(control))

    def part(self, name: str) -> Any:
        """What one of the page's own parts was given to draw; None when it is not there."""
        for message in self._fragment_storage.sent:
            element = message.delta.new_element
            if element.bidi_component.component_name == f"parley-{name}":
                return said.about(element.bidi_component.bytes)
        return None

    def sent_at(self, text: str) -> int:
        """At which of the places of a run something with this text was sent first."""
        sent = self._fragment_storage.sent
        return next(at for at, message in enumerate(sent) if text in str(message))

    def ask(self, name: str, about: object) -> None:
        """Run as when one of them asks for something."""
        [scripts] = {
            message.delta.new_element.bidi_component.id
            for message in self._fragment_storage.sent
            if message.delta.new_element.bidi_component.component_name == "parley-scripts"
        }
        asked = WidgetState(
            id=f"$$STREAMLIT_INTERNAL_KEY_{scripts}__events",
            json_trigger_value=json.dumps([{"event": name, "value": about}]),
        )
        states = self._tree.get_widget_states()
        states.widgets.append(asked)
        self._run(states)

    def tick(self) -> None:
        """Let each timer of the page that is still there by then run its fragment."""
        for fragment in self.timers():
            if fragment in self.timers():
                self._only(fragment)

    def _only(self, fragment: str) -> None:
        self._fragment_storage.wanted = fragment
        try:
            self.run()
        finally:
            self._fragment_storage.wanted = ""

    def _fragment_of(self, control: Widget) -> str:
        for message in self._fragment_storage.sent:
            element = message.delta.new_element
            kind = element.WhichOneof("type")
            if kind and getattr(getattr(element, kind), "id", "") == control.id:
                return message.delta.fragment_id
        raise AssertionError(f"not on the page any more: {control!r}")

    def timers(self) -> list[str]:
        """The fragments that the page will run again of itself."""
        return [
            message.auto_rerun.fragment_id
            for message in self._fragment_storage.sent
            if message.WhichOneof("type") == "auto_rerun"
        ]
