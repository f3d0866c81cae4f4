"""The messages of the branch on screen, the newest few first, with their actions.

Two screens of them are drawn; earlier ones come when somebody scrolls up.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from chat.ui import personas, state
from chat.ui.chat import gone, message_view, spot
from chat.ui.controls import button
from chat.ui.services import key, parts
from store import messages, profiles, sessions
from store.errors import SessionNotFound
from store.session_values import ChatSession
from store.values import Message, Persona

FEW, MANY, MOST = 8, 10, 30
"""So many are drawn first, more where they are short; and so many at most, unless asked for."""
SCREENS_PX, LINE_PX, BESIDE_PX, LINE_CHARS = 1_700, 24, 72, 85
FILE_PX, RESULT_PX = 100, 420


@dataclass(frozen=True, slots=True)
class Screen:
    """What is shown of the active session; ``results`` are how many analyses it has.

    ``newest`` are the last messages of its branch, which the window has unless it ends earlier.
    """

    session: ChatSession | None = None
    window: Sequence[Message] = ()
    results: int = 0
    newest: Sequence[Message] = ()


def load(known: state.Tab) -> Screen:
    """All in one view of the database; an unknown id leads to a new chat with a friendly line."""
    known.title = ""
    if known.session_id is None:
        return Screen()
    active = key(known.session_id)
    spot.bring(known, active)
    with parts().database.reading() as db:
        try:
            session = sessions.get(db, active)
        except SessionNotFound:
            gone.say(db, known, active)
            return Screen()
        known.title = session.title
        leaf_id, last = spot.end(db, known, session, active)
        first = known.chunks.get(known.session_id, [0])[-1]
        limit = last - first + 1 if first else MANY
        window = newest = messages.window(db, active, leaf_id=leaf_id, limit=limit)
        if leaf_id != session.active_leaf_id:
            newest = messages.window(db, active, leaf_id=session.active_leaf_id, limit=2)
        results = profiles.count(db, active)
    if not window:
        known.chunks.pop(known.session_id, None)
    elif not first or _is_grown(known, window):
        window = newest = window[-_fitting(window) :]
        known.chunks[known.session_id] = [window[0].depth]
    return Screen(session, window, results, newest)


def _is_grown(known: state.Tab, window: Sequence[Message]) -> bool:
    """Whether the newest few became many, of which nobody asked for the earlier ones."""
    chunks = known.chunks[known.session_id or ""]
    return known.spot is None and len(chunks) == 1 and len(window) > MOST


def _fitting(window: Sequence[Message]) -> int:
    """How many of the newest fill two screens; an open answer counts as a long one."""
    height, count = 0, 0
    for message in reversed(window):
        if count >= FEW and height > SCREENS_PX:
            break
        height += _height(message)
        count += 1
    return count


def height(window: Sequence[Message]) -> int:
    """About how high the messages are, in pixels."""
    return sum(map(_height, window))


def _height(message: Message) -> int:
    lines = message.content.count("\n") + len(message.content) / LINE_CHARS
    more = message.file_count * FILE_PX + message.result_count * RESULT_PX
    return BESIDE_PX + round(lines) * LINE_PX + more


def body(known: state.Tab, *, cleared: bool) -> DeltaGenerator:
    """The container for all of it, in one of two places.

    While an answer is drawn the run does not end, and only at its end would the browser remove
    what another session, or the greeting, left there. ``cleared`` leaves that place if the session
    is another: it is empty from then on, also where this run is cut short. (A container put into
    an `st.empty` of the same run removes nothing: only the last of the two is sent.)
    """
    changed, known.drawn = known.drawn != known.session_id, known.session_id
    known.is_second ^= changed and cleared
    if known.is_second:
        st.empty()
        return st.container()
    place = st.container()
    st.empty()
    return place


def draw(screen: Screen, known: state.Tab, persona: Persona) -> DeltaGenerator | None:
    """Draw them; the container for the live answer when one of them is being written.

    What was drawn before stays where it is in the page: earlier messages come into a place above
    it that was there, so that nothing is drawn anew and nothing jumps. The texts come first, for
    they are what somebody waits for; then, from the newest up, what can be done with them.
    """
    session, window = screen.session, screen.window
    if session is None:
        return None
    writers = personas.marks(session, window, persona)
    changes = personas.changes(window, writers)
    newest = _newest(screen.newest)
    place_for_live = None
    rests: list[message_view.Rest] = []

    def one(message: Message) -> DeltaGenerator | None:
        if message.id in changes:
            personas.say_change(changes[message.id])
        icon = personas.icon(writers.get(message.id), persona.icon)
        if message.role == "user":
            is_edited = known.editing == message.id
            rests.append(message_view.question(message, is_edited, message.id in newest))
        elif message.role == "system":
            rests.append(message_view.instruction(message))
        elif message.asks:
            message_view.asking_answer(message, icon)
        elif message.status == "streaming":
            return message_view.live_answer(message, icon)
        elif message.status != "queued":
            rests.append(message_view.answer(message, icon, message.id in newest))
        return None

    above, last = st.container(), math.inf
    for first in known.chunks.get(session.session_id, ()):
        with above:
            earlier = st.container()
            for message in window:
                if first <= message.depth < last:
                    place_for_live = one(message) or place_for_live
        above, last = earlier, first
    if last > 1:
        with above:
            name = "Show earlier messages"
            button(name, "show-earlier", known.show_earlier, icon="expand_less", quiet=True)
    if known.spot is not None and known.spot.after is not None:
        button(
            "Show later messages", "show-later", known.show_later, icon="expand_more", quiet=True
        )
    wrote = [writers.get(message.id) for message in window if message.role == "assistant"]
    personas.say_next(session, persona, wrote[-1] if wrote else None)
    for rest in reversed(rests):
        rest()
    return place_for_live


def live_message(window: Sequence[Message]) -> Message | None:
    """The first message of the window that is being written or waits to be answered.

    None where that asks somebody: nothing comes before it is decided.
    """
    found = next((m for m in window if m.role == "assistant" and m.is_open), None)
    return None if found is None or found.asks else found


def _newest(window: Sequence[Message]) -> set[int]:
    """The newest question and the newest answer: only they have the full row of actions."""
    newest = set()
    for role in ("user", "assistant"):
        ids = [m.id for m in window if m.role == role and not m.is_open]
        newest.update(ids[-1:])
    return newest
