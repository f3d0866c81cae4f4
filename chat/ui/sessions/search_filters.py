"""Where the search page looks: chosen in a box, said beside it, lifted with a click."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta

import streamlit as st

from chat.ui import personas, state
from chat.ui.controls import button
from chat.ui.labels import plain
from chat.ui.services import parts, user_id
from chat.ui.sessions.filing import NONE, named
from chat.ui.times import zone
from store import folders, sessions, tags
from store.search import Within, chats
from store.session_values import ListedSession

CHATS = 50
"""So many of the newest chats can be chosen here; any other where something of it was found."""
MODEL_MAX = 200
ROLES = {"user": "My messages", "assistant": "Answers", "title": "Titles"}
WHERE = {"no": "Not archived", "yes": "Archived"}
ARCHIVED = {"no": False, "yes": True}
KEYS = {
    "search-chat": "session_id",
    "search-role": "role",
    "search-where": "archived",
    "search-folder": "folder",
    "search-tag": "tag",
    "search-persona": "persona",
    "search-model": "model",
    "search-since": "since",
    "search-until": "until",
    "search-bookmarked": "bookmarked",
    "search-files": "has_files",
}
CHECKED = ("search-bookmarked", "search-files")
"""Of what is chosen with them."""


def box() -> tuple[Within, dict[str, str]]:
    """Draws it; what is chosen, and that in words by the key of its control."""
    with st.popover("Filters", icon=":material/tune:", key="search-filters"):
        return _drawn()


def line(chosen: Mapping[str, str]) -> None:
    """What is chosen, if anything is; a click lifts all of it."""
    if chosen:
        count = f"{len(chosen)} filter{'' if len(chosen) == 1 else 's'}"
        said = plain(", ".join(chosen.values()))
        clear = "clear-search-filters"
        button(f"Clear {count}: {said}", clear, lift, *chosen, icon="filter_list_off", quiet=True)


def without(within: Within, key: str) -> Within:
    """The same but for what is chosen with this control."""
    return replace(within, **{KEYS[key]: None})


def lift(*keys: str) -> None:
    """In a callback: look as if nothing was chosen with these."""
    for key in keys:
        state.put(key, "" if key == "search-model" else False if key in CHECKED else None)
    begin()


def only_in(session_id: str) -> None:
    """In a callback: look in this chat only."""
    state.put("search-chat", session_id)
    begin()


def begin() -> None:
    """In a callback: something else is looked for, so from the beginning."""
    state.tab().found = state.FOUND


def cut(key: str, most: int) -> None:
    """In a callback: look for what was typed, as far as it counts; in sight, as browsers drop it.

    A field that knows how much it may have lets nothing in when more is pasted.
    """
    state.put(key, str(state.value(key) or "")[:most])
    begin()


def _drawn() -> tuple[Within, dict[str, str]]:
    chat = state.value("search-chat")
    with parts().database.reading() as db:
        there = folders.listed(db, user_id=user_id())
        used = [tag for tag, _ in tags.used(db, user_id=user_id())]
        rows = sessions.recent(db, user_id=user_id(), limit=CHATS)
        known = {row.session_id for row in rows}
        if isinstance(chat, str) and chat not in known:
            rows = [*chats(db, user_id=user_id(), session_ids=[chat]), *rows]
    people = {id_: one.name for id_, one in personas.choices().items()}
    in_chat = _titles(rows)
    in_folder = {NONE: "In no folder"} | named(there)
    said: dict[str, str] = {}
    within = Within(
        session_id=_one_of("Chat", "search-chat", in_chat, said),
        role=_one_of("What", "search-role", ROLES, said),
        archived=ARCHIVED.get(_one_of("Where", "search-where", WHERE, said) or ""),
        folder=_one_of("Folder", "search-folder", in_folder, said),
        tag=_one_of("Tag", "search-tag", {one: one for one in used}, said),
        persona=_one_of("Persona", "search-persona", people, said),
        model=_model(said),
        since=_midnight(_day("From", "search-since", said)),
        until=_midnight(_day("To", "search-until", said), 1),
        bookmarked=_checked("Bookmarked", "search-bookmarked", said),
        has_files=_checked("In chats with files", "search-files", said),
    )
    return within, said


def _titles(rows: Sequence[ListedSession]) -> dict[str, str]:
    """By their ids; the browser tells choices apart by what they are called."""
    often = Counter(row.title for row in rows)
    found = {}
    for row in rows:
        when = f" ({row.last_activity_at.astimezone(zone()):%Y-%m-%d %H:%M:%S})"
        found[row.session_id] = (row.title or "New chat") + when * (often[row.title] > 1)
    return found


def _one_of(label: str, key: str, choices: Mapping[str, str], said: dict[str, str]) -> str | None:
    """What is chosen, if anything is; what is not there any more is not."""
    if state.value(key) not in choices:
        state.put(key, None)
    chosen = st.selectbox(
        label,
        list(choices),
        index=None,
        placeholder="Any",
        format_func=lambda value: choices.get(value, value),
        key=key,
        on_change=begin,
        persist_state="session",
    )
    if chosen is not None:
        said[key] = choices[chosen]
    return chosen


def _model(said: dict[str, str]) -> str | None:
    text = st.text_input(
        "Model",
        key="search-model",
        on_change=cut,
        args=("search-model", MODEL_MAX),
        persist_state="session",
    )
    if model := text.strip():
        said["search-model"] = model
    return model or None


def _day(label: str, key: str, said: dict[str, str]) -> object:
    day = st.date_input(label, None, key=key, on_change=begin, persist_state="session")
    if isinstance(day, date):
        said[key] = f"{label.lower()} {day:%Y-%m-%d}"
    return day


def _checked(label: str, key: str, said: dict[str, str]) -> bool | None:
    if st.checkbox(label, key=key, on_change=begin, persist_state="session"):
        said[key] = label.lower()
    return key in said or None


def _midnight(day: object, later: int = 0) -> datetime | None:
    """When a day of the viewer's begins, or one that comes later; none for the last days of all."""
    if not isinstance(day, date):
        return None
    try:
        moment = datetime.combine(day + timedelta(days=later), time(), zone())
        return moment.astimezone(UTC)
    except OverflowError:
        return None
