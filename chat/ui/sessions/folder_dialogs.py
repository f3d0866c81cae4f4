"""The dialogs of folders and tags: make, change and delete a folder; move and tag chats."""

import streamlit as st

from chat.ui import state
from chat.ui.controls import close, dialog, sure
from chat.ui.labels import plain
from chat.ui.services import key, parts, user_id
from chat.ui.sessions import actions
from chat.ui.sessions.filing import NONE, folder_box, read_folders, tags_box
from store import folders, sessions
from store.folders import COLOURS, Folder, NewFolder

NEW = "+"
"""Stands for a folder that is to be made."""


@dialog("Folder")
def folder_dialog(folder_id: str) -> None:
    """Change a folder; without an id, make one."""
    there = read_folders()
    now = next((one for one in there if one.folder_id == folder_id), None)
    if folder_id and now is None:
        st.info("This folder was deleted meanwhile.")
        return
    said = _form(now, there)
    if now is not None and st.button("Delete folder…", key="ask-delete-folder"):
        state.ask("delete-folder", folder_id)
        st.rerun()
    if said is None:
        return
    if now is None:
        parts().filing.create_folder(user_id(), said)
    else:
        parts().filing.change_folder(
            user_id(),
            folder_id,
            name=said.name,
            parent_id=said.parent_id,
            colour=said.colour,
            system_prompt=said.system_prompt,
        )
    close(f"The folder “{said.name}” is {'kept so' if now else 'made'}.")


@dialog("Delete folder")
def delete_dialog(folder_id: str) -> None:
    """Say what becomes of its chats."""
    with parts().database.reading() as db:
        found = folders.get(db, user_id=user_id(), folder_id=folder_id)
        count = folders.count_chats(db, user_id=user_id(), folder_id=folder_id)
    where = "the folder it is in" if found.parent_id else "no folder"
    kept = f"{actions.chats(count)}, then in {where}, and its folders"
    st.markdown(f"“{plain(found.name)}” goes. What is in it is kept: {kept}.")
    if sure("Delete folder", "delete-folder"):
        parts().filing.remove_folder(user_id(), folder_id)
        close(f"The folder “{found.name}” is deleted; its chats are kept.")


@dialog("Move")
def move_dialog(about: str) -> None:
    """Put these (ids separated by spaces) into a folder."""
    ids, there = about.split(), read_folders()
    with parts().database.reading() as db:
        now = {sessions.get(db, key(one)).folder for one in ids}
    folder = folder_box(there, now.pop() if len(now) == 1 else None, _named(ids), new=NEW)
    name = ""
    if folder == NEW:
        name = st.text_input("Name of the new folder", key="move-new")
    if st.button("Move", type="primary", key="move-now"):
        if folder == NEW:
            folder = parts().filing.create_folder(user_id(), NewFolder(name))[0].folder_id
        actions.move(ids, None if folder == NONE else folder)
        st.rerun()


@dialog("Tags")
def tags_dialog(about: str) -> None:
    """Tag one chat, or many (ids separated by spaces)."""
    ids = about.split()
    with parts().database.reading() as db:
        found = [sessions.get(db, key(one)).tags for one in ids]
    had = sorted({tag for tags in found for tag in tags})
    is_one = len(ids) == 1
    with st.container(horizontal=True, vertical_alignment="bottom"):
        with st.container(width="stretch"):
            chosen = tags_box("Tags" if is_one else "Add", had * is_one, _named(ids))
        # Beside it: the list, which stays open for the next tag, covers what is below it.
        is_sure = st.button("Save", type="primary", key="tags-save")
    drop = [tag for tag in had if tag not in chosen]
    if not is_one:
        drop = st.multiselect("Take away", had, key="tags-drop")
    if is_sure:
        before = parts().filing.tag(map(key, ids), add=chosen, drop=drop)
        actions.offer_undo("Tagged", before)
        st.rerun()


def _named(ids: list[str]) -> str:
    """What tells the boxes of these chats from those of others."""
    return f"{ids[0]}-{len(ids)}" if ids else ""


def _form(now: Folder | None, there: list[Folder]) -> NewFolder | None:
    """What was said of it, once it was sent."""
    has_inner = now is not None and any(one.parent_id == now.folder_id for one in there)
    outer = {one.folder_id: one.name for one in there if one.parent_id is None and one != now}
    inside = [NONE, *([] if has_inner else outer)]
    with st.form("folder-form", border=False):
        name = st.text_input("Name", value=now.name if now else "")
        parent = st.selectbox(
            "In the folder",
            inside,
            index=inside.index(now.parent_id or NONE) if now else 0,
            format_func=lambda id_: outer.get(id_, "None"),
            help="It has folders in it, so it is in none." if has_inner else None,
        )
        colour = st.selectbox(
            "Colour",
            COLOURS,
            index=COLOURS.index(now.colour) if now else 0,
            format_func=str.capitalize,
        )
        prompt = st.text_area(
            "System prompt",
            value=now.system_prompt if now else "",
            placeholder="Told to models in all chats of this folder",
        )
        if not st.form_submit_button("Save" if now else "Create folder", type="primary"):
            return None
    return NewFolder(name, parent or None, colour, prompt.strip())
