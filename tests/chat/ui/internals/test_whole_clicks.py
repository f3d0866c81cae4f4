"""Nothing of a request is dropped because the next one is there already."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextvars import copy_context

import pytest
from streamlit.proto.WidgetStates_pb2 import WidgetState, WidgetStates
from streamlit.runtime.app_session import AppSession
from streamlit.runtime.scriptrunner_utils import script_requests
from streamlit.runtime.scriptrunner_utils.exceptions import RerunException
from streamlit.runtime.scriptrunner_utils.script_requests import RerunData
from streamlit.runtime.scriptrunner_utils.script_run_context import ThreadState
from streamlit.runtime.state.common import WidgetMetadata
from streamlit.runtime.state.safe_session_state import SafeSessionState
from streamlit.runtime.state.session_state import SessionState
from streamlit.testing.v1 import AppTest

from chat.ui.internals import whole_clicks
from chat.ui.shell.asked import all_of_them


@pytest.fixture
def installed() -> Iterator[None]:
    before = SafeSessionState.on_script_will_rerun, SafeSessionState.on_script_finished
    request, coalesce = AppSession.request_rerun, script_requests._coalesce_widget_states
    whole_clicks.install()
    yield
    AppSession.request_rerun = request  # type: ignore[method-assign]
    SafeSessionState.on_script_will_rerun = before[0]  # type: ignore[method-assign]
    SafeSessionState.on_script_finished = before[1]  # type: ignore[method-assign]
    script_requests._coalesce_widget_states = coalesce


STATES = WidgetStates(widgets=[WidgetState(id="button", trigger_value=True)])


def button(seen: list[str]) -> WidgetMetadata[bool]:
    return WidgetMetadata(
        id="button",
        deserializer=lambda value: value,
        serializer=lambda value: value,
        value_type="trigger_value",
        callback=lambda: seen.append("clicked"),
    )


def clicked(seen: list[str]) -> None:
    """A button's click arrives while the next request waits."""

    def another_waits() -> None:
        raise RerunException(RerunData())

    state = SessionState()
    state._set_widget_metadata(button(seen))

    def run() -> None:
        ThreadState.initialize()
        SafeSessionState(state, another_waits).on_script_will_rerun(STATES)

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


def page() -> None:
    import streamlit as st

    def count() -> None:
        st.session_state.clicked = st.session_state.get("clicked", 0) + 1

    st.session_state.runs = st.session_state.get("runs", 0) + 1
    if not st.session_state.get("without"):
        st.button("Click", key="again", on_click=count)


def first_run(*, without: bool = False) -> AppTest:
    """The first run of a session brings a click on what another session drew."""
    other = AppTest.from_function(page, default_timeout=60).run()
    states = WidgetStates(widgets=[WidgetState(id=other.button("again").id, trigger_value=True)])
    fresh = AppTest.from_function(page, default_timeout=60)
    fresh.session_state.without = without
    return fresh._run(states)


@pytest.mark.usefixtures("installed")
def test_a_click_waits_until_the_page_is_drawn() -> None:
    fresh = first_run()
    assert (fresh.session_state.clicked, fresh.session_state.runs) == (1, 2)
    fresh.run()
    assert fresh.session_state.clicked == 1
    fresh.button("again").click().run()
    assert fresh.session_state.clicked == 2


@pytest.mark.usefixtures("installed")
def test_a_click_on_what_is_drawn_no_more_does_nothing() -> None:
    fresh = first_run(without=True)
    assert "clicked" not in fresh.session_state
    assert fresh.session_state.runs == 1
    fresh.session_state.without = False
    fresh.run()
    fresh.run()
    assert "clicked" not in fresh.session_state


def test_streamlit_still_drops_such_a_click() -> None:
    """When this fails, the clicks that wait in `chat.ui.internals.whole_clicks` need not."""
    assert "clicked" not in first_run().session_state


def asking(event: str, said: str = "") -> RerunData:
    """A request that a component of the page makes."""
    said = said or json.dumps([{"event": event, "value": {}}])
    return RerunData(
        widget_states=WidgetStates(widgets=[WidgetState(id="parts", json_trigger_value=said)])
    )


@pytest.mark.usefixtures("installed")
def test_what_a_component_asks_for_while_a_run_lasts() -> None:
    """Each in a message of its own, before the run looks for any of them."""
    requests = script_requests.ScriptRequests()
    for event in ("sent", "stop", "open"):
        assert requests.request_rerun(asking(event))
    assert requests.request_rerun(asking("", "[" * 100_000))
    found = requests.on_scriptrunner_ready()
    assert found.rerun_data.widget_states
    [state] = found.rerun_data.widget_states.widgets
    events = [one["event"] for one in json.loads(state.json_trigger_value)]
    assert events == ["sent", "stop", "open"]


def test_what_the_page_asks_by_itself_has_those_names() -> None:
    """That such a request leads nowhere shows in ``tests/browser/test_led_elsewhere.py``."""
    assert all_of_them().keys() > whole_clicks.OF_ITSELF
