"""What is read of a run, and where the next request ends it."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import streamlit as st
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.runtime.forward_msg_queue import ForwardMsgQueue
from streamlit.runtime.scriptrunner_utils.exceptions import RerunException
from streamlit.runtime.scriptrunner_utils.script_requests import RerunData
from streamlit.runtime.scriptrunner_utils.script_run_context import ScriptRunContext
from streamlit.runtime.state import session_state_proxy
from streamlit.runtime.state.safe_session_state import SafeSessionState
from streamlit.runtime.state.session_state import SessionState

from chat.ui.internals import runs


@pytest.fixture(autouse=True)
def another_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    """A tab whose state holds a draft, while the next request waits."""

    def end() -> None:
        raise RerunException(RerunData())

    state = SessionState()
    state["draft"] = "Hello"
    waiting = SafeSessionState(state, end)
    for module in (session_state_proxy, runs):
        monkeypatch.setattr(module, "get_session_state", lambda: waiting)


def test_what_is_held_is_read_and_the_run_goes_on() -> None:
    assert runs.held("draft") == "Hello"
    assert runs.held("something else") is None


@pytest.mark.parametrize("read", [st.session_state.get, st.session_state.__contains__])
def test_reading_it_otherwise_still_ends_the_run(read: Callable[[str], object]) -> None:
    """When this fails, `runs.held` is not needed any more."""
    with pytest.raises(RerunException):
        read("draft")


def test_a_break_point_ends_the_run() -> None:
    with pytest.raises(RerunException):
        runs.break_point()


def test_the_run_knows_whether_the_browser_went_back() -> None:
    assert "is_history_navigation" in ScriptRunContext.__dataclass_fields__
    assert not runs.back_or_forward()


def test_a_rerun_still_throws_away_what_has_not_left() -> None:
    """When this fails, `runs.let_leave` is not needed any more."""
    queue = ForwardMsgQueue()
    message = ForwardMsg()
    message.delta.new_element.markdown.body = "The end of an answer"
    message.metadata.delta_path[:] = [0, 0]
    queue.enqueue(message)
    queue.clear(retain_lifecycle_msgs=True)
    assert queue.is_empty()
