"""A click is carried out whole, once, and when the page on which it was made is drawn.

Streamlit 1.67 asks for the next request once more after it has taken one and before its callbacks
ran, and again wherever a callback reads the session's state. Where another request waits by then,
the first one is dropped with what it brought: a message that was just sent, and a key pressed
right after it. (``SafeSessionState.on_script_will_rerun`` begins with its yield point.)

After a restart a tab shows what the former process drew, and takes clicks as soon as it is
connected. Streamlit knows no callback for them before the first run, and drops them too; here they
wait until the page is drawn, and are dropped when it has no such control any more.

The browser gathers clicks before it sends them, and a timer that is due meanwhile takes them along
and leaves them there: they come again. So nothing that a timer brings is a click.
"""

from typing import Any
from weakref import WeakKeyDictionary

from streamlit.proto.ClientState_pb2 import ClientState
from streamlit.proto.WidgetStates_pb2 import WidgetState, WidgetStates
from streamlit.runtime.app_session import AppSession
from streamlit.runtime.scriptrunner import get_script_run_ctx
from streamlit.runtime.scriptrunner_utils.script_requests import RerunData
from streamlit.runtime.state import session_state
from streamlit.runtime.state.safe_session_state import SafeSessionState

_request = AppSession.request_rerun
_will_rerun = SafeSessionState.on_script_will_rerun
_finished = SafeSessionState.on_script_finished
_waiting: WeakKeyDictionary[SafeSessionState, list[WidgetState]] = WeakKeyDictionary()


def install() -> None:
    """For this process; the next request is looked at when all callbacks have run."""
    AppSession.request_rerun = _ask  # type: ignore[method-assign, assignment]
    SafeSessionState.on_script_will_rerun = _begin  # type: ignore[method-assign, assignment]
    SafeSessionState.on_script_finished = _end  # type: ignore[method-assign, assignment]


def _ask(self: AppSession, asked: ClientState | None) -> None:
    if asked and asked.is_auto_rerun:
        calm = [one for one in asked.widget_states.widgets if not _is_click(one)]
        asked.widget_states.CopyFrom(WidgetStates(widgets=calm))
    _request(self, asked)


def _is_click(state: WidgetState) -> bool:
    return session_state._has_active_trigger_value(state)  # type: ignore[attr-defined]


def _begin(self: SafeSessionState, states: WidgetStates | None, **more: Any) -> None:
    look = self._yield_callback
    object.__setattr__(self, "_yield_callback", lambda: None)
    try:
        _will_rerun(self, _of_what_is_drawn(self, states), **more)
    finally:
        object.__setattr__(self, "_yield_callback", look)


def _of_what_is_drawn(self: SafeSessionState, states: WidgetStates | None) -> WidgetStates | None:
    """What the request brings, with the clicks that waited and without those that have to."""
    waited = _waiting.pop(self, [])
    if states is None and not waited:
        return None
    known = self._state._new_widget_state.widget_metadata
    asked = [*waited, *(states.widgets if states else ())]
    if early := {id(one): one for one in asked if one.id not in known and _is_click(one)}:
        _waiting[self] = list(early.values())
    return WidgetStates(widgets=[one for one in asked if id(one) not in early])


def _end(self: SafeSessionState, drawn: frozenset[str], **more: Any) -> None:
    _finished(self, drawn, **more)
    context = get_script_run_ctx()
    # A run that was broken off did not draw all, and the next one follows it anyway.
    if not more.get("remove_stale_widgets") or context is None or context.script_requests is None:
        return
    if clicks := [one for one in _waiting.pop(self, []) if one.id in drawn]:
        _waiting[self] = clicks
        again = RerunData(
            query_string=context.query_string,
            page_script_hash=context.page_script_hash,
            cached_message_hashes=context.cached_message_hashes,
            context_info=context.context_info,
            replay_trigger_states=WidgetStates(widgets=clicks),
        )
        context.script_requests.request_rerun(again)
