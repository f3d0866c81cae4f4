"""Who answers in a chat, its model, temperature and system prompt; kept with the session."""

from collections.abc import Mapping

import streamlit as st

from chat.agent.types import ModelStatus
from chat.ui import personas, state
from chat.ui.failures import shown
from chat.ui.labels import plain
from chat.ui.services import key as session_key
from chat.ui.services import parts, terms, user_id
from store import folders
from store.session_values import SYSTEM_PROMPT_MAX, ChatSession
from store.texts import cut
from store.values import Persona

BOX = "chat-settings"
FOLDER_CUT = 200


def draw(
    session: ChatSession | None, known: state.Tab, status: ModelStatus, persona: Persona
) -> None:
    """A button with the model's name that opens the settings."""
    theirs = terms()
    default = theirs.pick(persona.model, status.default_model)
    chosen = session.model if session else known.draft.model
    chosen = chosen if theirs.allows(chosen, status.default_model) else ""
    parameters = session.parameters if session else known.draft.parameters
    about = session.session_id if session else "new"
    # Opening it asks for a run, so that what is only to be seen in it is only then read and drawn.
    box = st.popover(
        plain(chosen or default or "No model"), icon=":material/tune:", key=BOX, on_change="rerun"
    )
    with box:
        st.caption(plain(status.endpoint.label))
        if status.problem:
            st.warning(plain(status.problem))
        if not box.open:
            return
        if session:
            _persona(persona, f"persona-{about}")
        offered = theirs.offered(status.models, status.default_model)
        _model(chosen, default, offered, f"model-{about}")
        _temperature(parameters, f"temperature-{about}")
        _system_prompt(parameters, f"system-prompt-{about}")
        _of_folders(session.folder if session else known.draft.folder)
        if session and session.allowed_tools:
            _allowed(session.allowed_tools, f"allowed-{about}")


def _persona(persona: Persona, key: str) -> None:
    known = personas.choices()
    known.setdefault(persona.id, persona)
    state.put(key, persona.id)
    st.selectbox(
        "Persona",
        list(known),
        key=key,
        format_func=lambda id_: known[id_].name,
        help="Another one answers from the next message on.",
        on_change=_save_choice,
        args=(key, persona.id),
    )


def _model(chosen: str, default: str, offered: list[str], key: str) -> None:
    names = ["", *offered]
    if chosen and chosen not in names:
        names.append(chosen)
    state.put(key, chosen)
    st.selectbox(
        "Model",
        names,
        key=key,
        format_func=lambda name: name or f"Default ({default or 'none known'})",
        on_change=_save_choice,
        args=(key, chosen),
    )


def _temperature(parameters: Mapping[str, object], key: str) -> None:
    temperature = parameters.get("temperature")
    own = isinstance(temperature, int | float)
    st.toggle("Own temperature", value=own, key=f"own-{key}", on_change=_toggle, args=(key, own))
    if isinstance(temperature, int | float):
        st.slider(
            "Temperature",
            0.0,
            2.0,
            float(temperature),
            0.1,
            key=key,
            help="Low: predictable. High: varied.",
            on_change=_slide,
            args=(key,),
        )


def _system_prompt(parameters: Mapping[str, object], key: str) -> None:
    text = str(parameters.get("system_prompt", ""))
    st.text_area(
        "System prompt",
        value=text,
        key=key,
        placeholder="Added to what the persona says",
        on_change=_save_prompt,
        args=(key, text),
    )


def _of_folders(folder_id: str | None) -> None:
    """What its folders add to what models are told."""
    with parts().database.reading() as db:
        told = folders.prompts(db, user_id=user_id(), folder_id=folder_id)
    for text in told:
        st.caption(f"Its folder adds before that: {plain(cut(text, FOLDER_CUT))}")


def _allowed(names: list[str], key: str) -> None:
    state.put(key, names)
    st.multiselect(
        "Allowed without asking",
        names,
        key=key,
        help="What you take away is asked again.",
        on_change=_take_back,
        args=(key, names),
    )


def _take_back(key: str, were: list[str]) -> None:
    kept, known = state.value(key), state.tab()
    if known.session_id is not None and isinstance(kept, list) and _is_new(key, were):
        with shown():
            parts().sessions.change(session_key(known.session_id), allowed_tools=kept)


def _toggle(key: str, was: bool) -> None:
    if _is_new(f"own-{key}", was):
        _set("temperature", 0.7 if state.value(f"own-{key}") else None)


def _slide(key: str) -> None:
    # A slider that has just gone is reported once more by the browser, as if it had been moved.
    if state.value(f"own-{key}"):
        _set("temperature", state.value(key))


def _save_prompt(key: str, was: str) -> None:
    if _is_new(key, was):
        _set("system_prompt", str(state.value(key) or "").strip()[:SYSTEM_PROMPT_MAX] or None)


def _set(name: str, new: object) -> None:
    known = state.tab()
    if known.session_id is None:
        rest = {k: v for k, v in known.draft.parameters.items() if k != name}
        known.draft.parameters = rest if new is None else {**rest, name: new}
        return
    with shown():
        parts().sessions.set_parameter(session_key(known.session_id), name, new)


def _save_choice(key: str, was: str) -> None:
    """Another persona, or another model."""
    if not _is_new(key, was):
        return
    # With another label Streamlit takes the box for another one, which would be closed.
    state.put(BOX, True)
    known, new = state.tab(), str(state.value(key) or "")
    if known.session_id is None:
        known.draft.model = new  # of a new chat the persona is chosen outside the box
        return
    with shown():
        active = session_key(known.session_id)
        if key.startswith("persona-"):
            parts().sessions.change(active, persona=new)
        else:
            parts().sessions.change(active, model=new)


def _is_new(key: str, was: object) -> bool:
    """Whether the value is another one than was drawn.

    What has just gone, as with the first message, is reported once more by the browser, as if
    it had been changed; that must not count for the chat which is there by then.
    """
    return bool(state.value(key) != was)
