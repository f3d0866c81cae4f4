"""A click is carried out whole, once, and when the page on which it was made is drawn.

Streamlit 1.67 asks for the next request once more after it has taken one and before its callbacks
ran, and again wherever a callback reads the session's state. Where another request waits by then,
the first one is dropped with what it brought: a message that was just sent, and a key pressed
right after it. (``SafeSessionState.on_script_will_rerun`` begins with its yield point.)

After a restart a tab shows what the former process drew, and takes clicks as soon as it is
connected. Streamlit knows no callback for them before the first run, and drops them too; here they
wait until the page is drawn, and are dropped when it has no such control any more.

Of two requests that wait for the end of a run, with something from the same component each, the
newer one would take the place of the older; here both count.

The browser gathers clicks before it sends them, and a timer that is due meanwhile takes them along
and leaves them there: they come again. So nothing that a timer brings is a click.

The browser knows which page it is on once that is drawn. What its code asks for until then, without
anybody having clicked, would lead back to the page before.
"""

import json
from collections.abc import Iterable
from typing import Any
from weakref import WeakKeyDictionary

from streamlit.proto.ClientState_pb2 import ClientState
from streamlit.proto.WidgetStates_pb2 import WidgetState, WidgetStates
from streamlit.runtime.app_session import AppSession
from streamlit.runtime.pages_manager import PagesManager
from streamlit.runtime.scriptrunner import get_script_run_ctx
from streamlit.runtime.scriptrunner_utils import script_requests
from streamlit.runtime.scriptrunner_utils.script_requests import RerunData
from streamlit.runtime.state import session_state
from streamlit.runtime.state.safe_session_state import SafeSessionState

MOST = 50
"""Of so many things that a component asked for during one run the newest are carried out."""
OF_ITSELF = frozenset({"look", "seen", "sent", "post"})
"""What the page's code asks for when nobody clicks."""
_request = AppSession.request_rerun
_will_rerun = SafeSessionState.on_script_will_rerun
_finished = SafeSessionState.on_script_finished
_newer_wins = script_requests._coalesce_widget_states
_waiting: WeakKeyDictionary[SafeSessionState, list[WidgetState]] = WeakKeyDictionary()
_clicked: WeakKeyDictionary[PagesManager, tuple[str, bool]] = WeakKeyDictionary()
"""For each tab the page of the last click, and whether the run that follows it has begun."""


def install() -> None:
    """For this process; the next request is looked at when all callbacks have run."""
    AppSession.request_rerun = _ask  # type: ignore[method-assign, assignment]
    SafeSessionState.on_script_will_rerun = _begin  # type: ignore[method-assign, assignment]
    SafeSessionState.on_script_finished = _end  # type: ignore[method-assign, assignment]
    script_requests._coalesce_widget_states = _both_count  # type: ignore[assignment]


def _both_count(old: WidgetStates | None, new: WidgetStates | None) -> WidgetStates | None:
    whole = _newer_wins(old, new)
    if old and new and whole:
        asked = {one.id: one for one in _together([*old.widgets, *new.widgets])}
        for one in whole.widgets:
            if one.json_trigger_value:
                one.json_trigger_value = asked[one.id].json_trigger_value
    return whole


def _together(states: Iterable[WidgetState]) -> list[WidgetState]:
    """With one state for all that a component asks for, in order; of other clicks the last one."""
    found: dict[str, WidgetState] = {}
    for one in states:
        before = found.get(one.id)
        if before and before.json_trigger_value and one.json_trigger_value:
            asked = json.dumps([*_asked(before), *_asked(one)][-MOST:])
            one = WidgetState(id=one.id, json_trigger_value=asked)
        if not before or _is_click(one) or not _is_click(before):
            found[one.id] = one
    return list(found.values())


def _asked(state: WidgetState) -> list[object]:
    """It comes from the browser: anything may be in it."""
    try:
        asked = json.loads(state.json_trigger_value)
    except (ValueError, RecursionError):
        return []
    return asked if isinstance(asked, list) else [asked]


def _ask(self: AppSession, asked: ClientState | None) -> None:
    if asked and asked.is_auto_rerun:
        calm = [one for one in asked.widget_states.widgets if not _is_click(one)]
        asked.widget_states.CopyFrom(WidgetStates(widgets=calm))
    elif asked and not _is_of_itself(asked):
        _clicked[self._pages_manager] = asked.page_script_hash, False
    elif asked and _clicked.get(self._pages_manager) == (asked.page_script_hash, True):
        asked.page_script_hash = self._pages_manager.current_page_script_hash
    _request(self, asked)


def _is_of_itself(asked: ClientState) -> bool:
    clicks = [one for one in asked.widget_states.widgets if _is_click(one)]
    said = [what for one in clicks for what in (_asked(one) or [None])]
    names = [what.get("event") if isinstance(what, dict) else None for what in said]
    return bool(names) and all(isinstance(name, str) and name in OF_ITSELF for name in names)


def _is_click(state: WidgetState) -> bool:
    return session_state._has_active_trigger_value(state)  # type: ignore[attr-defined]


def _begin(self: SafeSessionState, states: WidgetStates | None, **more: Any) -> None:
    if context := get_script_run_ctx():
        pages = context.pages_manager
        if _clicked.get(pages) == (page := context.page_script_hash, False):
            _clicked[pages] = page, True
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
        _waiting[self] = _together(early.values())
    return WidgetStates(widgets=_together(one for one in asked if id(one) not in early))


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
