"""The empty chat: a greeting, starters, who answers, and how to connect a real model."""

import streamlit as st

from chat.agent.types import ModelStatus
from chat.personas.book import is_gone
from chat.ui import personas, place, state, temporary
from chat.ui.chat import actions, attached
from chat.ui.controls import button
from chat.ui.labels import plain
from chat.ui.markdown.safe import safe
from store.session_values import ChatSession
from store.values import Persona

STARTERS = "starters"
ANALYST = "analyst"
"""The persona whose starters are about the example table."""


def draw(
    session: ChatSession | None, known: state.Tab, status: ModelStatus, persona: Persona
) -> None:
    """Greeting and starters of the session's persona, or of the one chosen for a new chat."""
    place.greet()
    st.markdown(f"### {persona.icon} {plain(persona.name)}", anchors=False)
    st.markdown(safe(persona.greeting), anchors=False)
    if session is not None and is_gone(persona, session.persona):
        st.caption("The persona that this chat began with was deleted.")
    st.pills(
        "Suggestions",
        persona.starters,
        key=STARTERS,
        format_func=plain,
        label_visibility="collapsed",
        on_change=actions.send_starter,
        args=(STARTERS,),
    )
    if persona.id == ANALYST:
        button("Load the example table", "load-example", attached.load_example, icon="table_view")
    if session is None:
        _persona_picker(known, persona)
        temporary.toggle(known)
    if status.endpoint.kind == "offline":
        _offline_card(status)


def _persona_picker(known: state.Tab, persona: Persona) -> None:
    offered = personas.choices()
    offered.setdefault(persona.id, persona)
    ids = list(offered)
    chosen = st.selectbox(
        "Persona",
        ids,
        key="persona",
        format_func=lambda id_: f"{offered[id_].name}: {offered[id_].description}",
        on_change=_choose_persona,
        index=ids.index(persona.id),
    )
    known.draft.persona = str(chosen)


def _choose_persona() -> None:
    state.tab().draft.persona = str(state.value("persona"))


def _offline_card(status: ModelStatus) -> None:
    looking = " Looking for a model server on this computer…" if status.looking else ""
    st.info(
        "It answers from a few prepared texts, so that everything here can be tried without a "
        f"key.{looking} To connect a real model, start Ollama, LM Studio, llama.cpp or vLLM on "
        "this computer (found by itself), or set `OPENAI_API_KEY` and, for other services, "
        "`OPENAI_BASE_URL` in the environment or under `[parley]` in `.streamlit/secrets.toml`, "
        "and start Parley again.",
        title="Built-in offline model",
        icon=":material/bolt:",
    )
