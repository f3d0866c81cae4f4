"""Nothing of a request is dropped because the next one is there already."""

from __future__ import annotations

from collections.abc import Iterator
from contextvars import copy_context

import pytest
from streamlit.proto.WidgetStates_pb2 import WidgetState, WidgetStates
from streamlit.runtime.scriptrunner_utils.exceptions import RerunException
from streamlit.runtime.scriptrunner_utils.script_requests import RerunData
from streamlit.runtime.scriptrunner_utils.script_run_context import ThreadState
from streamlit.runtime.state.common import WidgetMetadata
from streamlit.runtime.state.safe_session_state import SafeSessionState
from streamlit.runtime.state.session_state import SessionState

from chat.ui.internals import whole_clicks


@pytest.fixture
def installed() -> Iterator[None]:
    before = SafeSessionState.on_script_will_rerun
    whole_clicks.install()
    yield
    SafeSessionState.on_script_will_rerun = before  # type: ignore[method-assign]


def clicked(seen: list[str]) -> None:
    """A button's click arrives while the next request waits."""

    def another_waits() -> None:
        raise RerunException(RerunData())

    state = SessionState()
    metadata = WidgetMetadata(
        id="button",
        deserializer=lambda value: value,
        serializer=lambda value: value,
        value_type="trigger_value",
        callback=lambda: seen.append("clicked"),
    )
    state._set_widget_metadata(metadata)
    states = WidgetStates(widgets=[WidgetState(id="button", trigger_value=True)])

    def run() -> None:
        ThreadState.initialize()
        SafeSessionState(state, another_waits).on_script_will_rerun(states)

    copy_context().run(run)


@pytest.mark.usefixtures("installed")
def test_a_click_is_carried_out_before_the_next_one_is_looked_at() -> None:
    seen: list[str] = []
    clicked(seen)
    assert seen == ["clicked"]


def test_streamlit_still_drops_it() -> None:
    """When this fails, `chat.ui.internals.whole_clicks` is not needed any more."""
    seen: list[str] = []
    with pytest.raises(RerunException):
        clicked(seen)
    assert seen == []
