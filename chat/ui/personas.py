"""Who can answer, as pages choose and show it."""

import logging
import re
from collections.abc import Mapping, Sequence, Set

import streamlit as st

from chat.errors import ParleyError
from chat.personas.book import is_gone
from chat.ui.labels import plain
from chat.ui.services import key, parts, user_id
from store.metadata import PersonaMark
from store.session_values import ChatSession
from store.values import Message, Persona

_ICON = re.compile(r":material/[a-z0-9_]+:")
log = logging.getLogger("parley.page")


def choices() -> dict[str, Persona]:
    """All by their ids; while they cannot be read, those that everybody has."""
    try:
        found = parts().personas.all(user_id())
    except ParleyError as failure:
        log.warning("own personas: %s", failure.code)
        found = parts().personas.built_in.all()
    return {persona.id: persona for persona in found}


def names(ids: Set[str]) -> dict[str, str]:
    """What those are called that sessions name; of those that are gone, who stands in."""
    book = parts().personas
    known = {} if all(map(book.built_in.has, ids)) else choices()
    return {one: (known.get(one) or book.built_in.get(one)).name for one in ids}


def chosen(persona_id: str) -> Persona:
    """The one of a chat; the default one where it is gone or cannot be read."""
    try:
        return parts().personas.get(user_id(), persona_id)
    except ParleyError as failure:
        log.warning("persona: %s", failure.code)
        return parts().personas.built_in.default


def marks(
    session: ChatSession, window: Sequence[Message], persona: Persona
) -> dict[int, PersonaMark]:
    """Who wrote each answer, by its id, where that is known.

    ``persona`` is the session's: whoever waits to be answered gets it.
    """
    found: dict[int, PersonaMark] = {}
    for message in window:
        if message.role != "assistant":
            continue
        kept = message.metadata.persona
        if kept is None and message.is_open:
            turn = parts().runner.find(key(session.session_id), message.id)
            kept = (turn and turn.metadata.persona) or persona.mark
        if kept is not None:
            found[message.id] = kept
    return found


def changes(window: Sequence[Message], known: Mapping[int, PersonaMark]) -> dict[int, PersonaMark]:
    """Where somebody else begins to answer: by the id of the message before which to say so."""
    found = {}
    last = None
    for at, message in enumerate(window):
        mark = known.get(message.id)
        if mark is None:
            continue
        if last is not None and mark.id != last.id:
            asked = at > 0 and window[at - 1].role == "user"
            found[window[at - 1].id if asked else message.id] = mark
        last = mark
    return found


def say_change(mark: PersonaMark) -> None:
    """A quiet line: from here on somebody else answers."""
    _line(f"{icon(mark)} From here on: {plain(mark.name)}")


def say_next(session: ChatSession, persona: Persona, last: PersonaMark | None) -> None:
    """The same at the end, when the next answer comes from somebody else than the last one."""
    gone = is_gone(persona, session.persona)
    if last is None and not gone:
        return
    if last is not None and last.id == persona.id:
        return
    name = plain(persona.name)
    if not gone:
        _line(f"{persona.icon} The next answer comes from {name}")
        return
    same = last is not None and last.id == session.persona
    who = f"“{plain(last.name)}”" if last and same else "The persona of this chat"
    _line(f"{persona.icon} {who} was deleted; the next answer comes from {name}")


def icon(mark: PersonaMark | None, otherwise: str = ":material/forum:") -> str:
    """The picture of whoever wrote an answer."""
    kept = mark.icon if mark else ""
    return kept if _ICON.fullmatch(kept) else otherwise


def _line(text: str) -> None:
    st.caption(text, text_alignment="center")
