"""The messages of the branch on screen, newest 30, with their actions."""

from collections.abc import Sequence
from dataclasses import dataclass

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from chat.ui import personas, state
from chat.ui.chat import message_view
from chat.ui.controls import button
from chat.ui.services import key, parts
from store import messages, profiles, sessions
from store.errors import SessionNotFound
from store.session_values import ChatSession
from store.values import Message, Persona

NOT_FOUND = "This chat is not here: it was deleted, or the link is not complete."


@dataclass(frozen=True, slots=True)
class Screen:
    """What is shown of the active session; ``results`` are how many analyses it has."""

    session: ChatSession | None = None
    window: Sequence[Message] = ()
    results: int = 0


def load(known: state.Tab) -> Screen:
    """All in one view of the database; an unknown id leads to a new chat with a friendly line."""
    if known.session_id is None:
        return Screen()
    active = key(known.session_id)
    with parts().database.reading() as db:
        try:
            session = sessions.get(db, active)
        except SessionNotFound:
            known.open(None)
            known.notice = NOT_FOUND
            return Screen()
        window = messages.window(db, active, leaf_id=session.active_leaf_id, limit=known.window())
        return Screen(session, window, profiles.count(db, active))


def body(known: state.Tab, *, cleared: bool) -> DeltaGenerator:
    """The container for all of it.

    While an answer is drawn the run does not end, and only at its end would the browser remove
    what another session left there; ``cleared`` removes it before, if the session is another.
    """
    changed, known.drawn = known.drawn != known.session_id, known.session_id
    return st.empty().container() if changed and cleared else st.container()


def draw(
    session: ChatSession, window: Sequence[Message], known: state.Tab, persona: Persona
) -> DeltaGenerator | None:
    """Draw them; the container for the live answer when one of them is being written."""
    writers = personas.marks(session, window, persona)
    changes = personas.changes(window, writers)
    if window and window[0].depth > 1:
        name = "Show earlier messages"
        button(name, "show-earlier", known.show_earlier, icon="expand_less", quiet=True)
    place_for_live = None
    newest = _newest(window)
    for message in window:
        if message.id in changes:
            personas.say_change(changes[message.id])
        icon = personas.icon(writers.get(message.id), persona.icon)
        if message.role == "user":
            message_view.question(message, known.editing == message.id, message.id in newest)
        elif message.status == "streaming":
            place_for_live = message_view.live_answer(message, icon)
        elif message.status != "queued":
            message_view.answer(message, icon, message.id in newest)
    last = [writers.get(message.id) for message in window if message.role == "assistant"]
    personas.say_next(session, persona, last[-1] if last else None)
    return place_for_live


def live_message(window: Sequence[Message]) -> Message | None:
    """The first message of the window that is being written or waits to be answered."""
    return next((m for m in window if m.role == "assistant" and m.is_open), None)


def _newest(window: Sequence[Message]) -> set[int]:
    """The newest question and the newest answer: only they have the full row of actions."""
    newest = set()
    for role in ("user", "assistant"):
        ids = [m.id for m in window if m.role == role and not m.is_open]
        newest.update(ids[-1:])
    return newest
