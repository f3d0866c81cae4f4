"""Which chats the list has: chosen in a box beside the search, shown and cleared with one click."""

from collections.abc import Sequence
from dataclasses import replace

import streamlit as st
from streamlit.elements.lib.mutable_popover_container import PopoverContainer

from chat.ui import personas, state
from chat.ui.controls import button
from chat.ui.icons import icon_label
from chat.ui.labels import plain
from chat.ui.services import parts, user_id
from chat.ui.sessions.filing import NONE, named
from store import tags
from store.folders import Folder

BOX, ALL = "filters", "*"
ONLY = {
    "Unread": "unread",
    "Bookmarked": "bookmarked",
    "With files": "has_files",
    "Archived": "archived",
}


def box() -> PopoverContainer:
    """The button that opens it; asks for a run, so that what is in it is only then drawn."""
    name = icon_label("Filter chats", "filter")
    return st.popover(name, key=BOX, type="tertiary", on_change="rerun", width="content")


def fill(opened: PopoverContainer, folders: Sequence[Folder]) -> None:
    """What is in it, if it is open."""
    if not opened.open:
        return
    chosen = state.tab().filter
    with parts().database.reading() as db:
        used = [tag for tag, _ in tags.used(db, user_id=user_id())]
    if chosen.tag is not None and chosen.tag not in used:
        used.append(chosen.tag)
    people = {id_: one.name for id_, one in personas.choices().items()}
    with opened:
        _one_of("Folder", "folder", {NONE: "In no folder"} | named(folders), chosen.folder)
        _one_of("Tag", "tag", {tag: tag for tag in used}, chosen.tag)
        _one_of("Persona", "persona", people, chosen.persona)
        state.put("filter-only", [name for name, field in ONLY.items() if field in chosen.only])
        st.pills(
            "Only", list(ONLY), key="filter-only", selection_mode="multi", on_change=_choose_only
        )
        if chosen.folder:
            button("Edit folder", "edit-folder", state.ask, "folder", chosen.folder, icon="edit")
        button("New folder", "new-folder", state.ask, "folder", "", icon="create_new_folder")


def line(folders: Sequence[Folder]) -> None:
    """What is chosen, if anything is; a click clears it."""
    chosen = state.tab().filter
    if chosen == state.Filter():
        return
    known = {NONE: "no folder"} | {one.folder_id: one.name for one in folders}
    words = [known.get(chosen.folder or "", "") if chosen.folder is not None else ""]
    words += [f"#{chosen.tag}" if chosen.tag else ""]
    words += [personas.chosen(chosen.persona).name if chosen.persona else ""]
    words += [name.lower() for name, field in ONLY.items() if field in chosen.only]
    said = plain(", ".join(word for word in words if word))
    button(f"Clear filter: {said}", "clear-filters", clear, icon="filter_list_off", quiet=True)


def choose_folder(folder_id: str | None) -> None:
    """List what is in a folder, in none for an empty id, or all; what begins next is in it."""
    state.tab().choose(replace(state.tab().filter, folder=folder_id))


def clear() -> None:
    """List all chats again."""
    state.tab().choose(state.Filter())


def _one_of(label: str, field: str, choices: dict[str, str], chosen: str | None) -> None:
    shown = {ALL: "All", **choices}
    key = f"filter-{field}"
    state.put(key, ALL if chosen is None else chosen if chosen in shown else ALL)
    st.selectbox(
        label,
        list(shown),
        key=key,
        format_func=lambda value: shown.get(value, value),
        on_change=_choose,
        args=(field, key),
    )


def _choose(field: str, key: str) -> None:
    value = state.value(key)
    known = state.tab()
    new = value if isinstance(value, str) and value != ALL else None
    match field:
        case "folder":
            known.choose(replace(known.filter, folder=new))
        case "tag":
            known.choose(replace(known.filter, tag=new))
        case _:
            known.choose(replace(known.filter, persona=new))


def _choose_only() -> None:
    value, known = state.value("filter-only"), state.tab()
    chosen = value if isinstance(value, list) else []
    known.choose(replace(known.filter, only=tuple(ONLY[name] for name in ONLY if name in chosen)))
