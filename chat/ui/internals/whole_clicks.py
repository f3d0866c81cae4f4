"""A click is carried out whole before the next one is looked at.

Streamlit 1.67 asks for the next request once more after it has taken one and before its callbacks
ran, and again wherever a callback reads the session's state. Where another request waits by then,
the first one is dropped with what it brought: a message that was just sent, and a key pressed
right after it. (``SafeSessionState.on_script_will_rerun`` begins with its yield point.)
"""

from __future__ import annotations

from typing import Any

from streamlit.runtime.state.safe_session_state import SafeSessionState

_original = SafeSessionState.on_script_will_rerun


def install() -> None:
    """For this process; the next request is looked at when all callbacks have run."""
    SafeSessionState.on_script_will_rerun = _whole  # type: ignore[method-assign]


def _whole(self: SafeSessionState, *states: Any, **more: Any) -> None:
    look = self._yield_callback
    object.__setattr__(self, "_yield_callback", lambda: None)
    try:
        _original(self, *states, **more)
    finally:
        object.__setattr__(self, "_yield_callback", look)
