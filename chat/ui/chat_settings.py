"""The model of a chat, its temperature and its system prompt; kept with the session."""

from __future__ import annotations

from typing import Any

import streamlit as st

from chat.agent.types import ModelStatus
from chat.ui import state
from chat.ui.failures import shown
from chat.ui.labels import plain
from chat.ui.services import parts, place
from store import sessions
from store.values import ChatSession

SYSTEM_PROMPT_MAX = 20_000


def draw(session: ChatSession | None, known: state.Tab, status: ModelStatus) -> None:
    """A button with the model's name that opens the settings."""
    chosen = session.model if session else known.draft.model
    parameters = dict(session.parameters if session else known.draft.parameters)
    about = session.session_id if session else "new"
    label = chosen or status.default_model or "No model"
    with st.popover(plain(label), icon=":material/tune:", type="tertiary", key="chat-settings"):
        st.caption(plain(status.endpoint.label))
        if status.problem:
            st.warning(plain(status.problem))
        _model(chosen, status, f"model-{about}")
        _temperature(parameters, f"temperature-{about}")
        _system_prompt(parameters, f"system-prompt-{about}")


def _model(chosen: str, status: ModelStatus, key: str) -> None:
    names = ["", *status.models]
    if chosen and chosen not in names:
        names.append(chosen)
    default = status.default_model or "none known"
    state.put(key, chosen)
    st.selectbox(
        "Model",
        names,
        key=key,
        format_func=lambda name: name or f"Default ({default})",
        on_change=_save_model,
        args=(key,),
    )


def _temperature(parameters: dict[str, Any], key: str) -> None:
    own = "temperature" in parameters
    st.toggle("Own temperature", value=own, key=f"own-{key}", on_change=_toggle, args=(key,))
    if own:
        st.slider(
            "Temperature",
            0.0,
            2.0,
            float(parameters["temperature"]),
            0.1,
            key=key,
            help="Low: predictable. High: varied.",
            on_change=_slide,
            args=(key,),
        )


def _system_prompt(parameters: dict[str, Any], key: str) -> None:
    st.text_area(
        "System prompt",
        value=str(parameters.get("system_prompt", "")),
        key=key,
        max_chars=SYSTEM_PROMPT_MAX,
        placeholder="Added to what the persona says",
        on_change=_save,
        args=("system_prompt", key),
    )


def _toggle(key: str) -> None:
    _set("temperature", 0.7 if state.value(f"own-{key}") else None)


def _slide(key: str) -> None:
    # A slider that has just gone is reported once more by the browser, as if it had been moved.
    if state.value(f"own-{key}"):
        _set("temperature", state.value(key))


def _save(name: str, key: str) -> None:
    new = state.value(key)
    if isinstance(new, str):
        new = new.strip()[:SYSTEM_PROMPT_MAX] or None
    _set(name, new)


def _set(name: str, new: Any) -> None:
    known = state.tab()
    if known.session_id is None:
        _put(known.draft.parameters, name, new)
        return
    with shown(), parts().database.transaction() as db:
        session = sessions.get(db, **place(known.session_id))
        parameters = dict(session.parameters)
        _put(parameters, name, new)
        sessions.change(db, **place(known.session_id), parameters=parameters)


def _put(parameters: dict[str, Any], name: str, new: Any) -> None:
    if new is None:
        parameters.pop(name, None)
    else:
        parameters[name] = new


def _save_model(key: str) -> None:
    known = state.tab()
    model = str(state.value(key) or "")
    if known.session_id is None:
        known.draft.model = model
        return
    with shown(), parts().database.transaction() as db:
        sessions.change(db, **place(known.session_id), model=model)
