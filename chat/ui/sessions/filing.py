"""What folder a chat is in and which tags it has, as dialogs ask for it."""

from collections.abc import Sequence

import streamlit as st

from chat.ui.services import parts, user_id
from store import folders, tags
from store.folders import Folder

NONE = ""


def read_folders() -> list[Folder]:
    """All there are, each followed by those in it."""
    with parts().database.reading() as db:
        return folders.listed(db, user_id=user_id())


def named(there: Sequence[Folder]) -> dict[str, str]:
    """Their names by their ids, as a box of choices shows them."""
    return {one.folder_id: ("↳ " if one.parent_id else "") + one.name for one in there}


def folder_box(there: Sequence[Folder], now: str | None, *, new: str = "") -> str:
    """The id of the folder that is chosen, `NONE`, or ``new`` where one is to be made."""
    choices = {NONE: "No folder", **named(there)} | ({new: "New folder…"} if new else {})
    ids = list(choices)
    at = ids.index(now) if now in ids else 0
    return st.selectbox("Folder", ids, index=at, format_func=lambda id_: choices[id_], key="folder")


def tags_box(label: str, now: Sequence[str]) -> list[str]:
    """The tags that are chosen or typed; those that are used already are offered."""
    with parts().database.reading() as db:
        used = [tag for tag, _ in tags.used(db, user_id=user_id())]
    return st.multiselect(
        label,
        list(dict.fromkeys([*now, *used])),
        default=list(now),
        accept_new_options=True,
        select_all=False,
        key="tags",
        placeholder="Choose, or type a new one",
    )
