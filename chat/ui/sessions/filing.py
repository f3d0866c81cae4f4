"""What folder a chat is in and which tags it has, as dialogs ask for it."""

from collections.abc import Sequence

import streamlit as st

from chat.ui import state
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


def folder_box(there: Sequence[Folder], now: str | None, about: str, *, new: str = "") -> str:
    """The id of the folder that is chosen, `NONE`, or ``new`` where one is to be made.

    One that went after it was chosen stays so: to put ``about`` into it is refused.
    """
    choices = {NONE: "No folder", **named(there)} | ({new: "New folder…"} if new else {})
    key = f"in-folder-{about}"
    chosen = state.value(key)
    if isinstance(chosen, str) and chosen not in choices:
        choices[chosen] = "Deleted meanwhile"
        state.put(key, chosen)
    ids = list(choices)
    at = ids.index(now) if now in ids else 0
    return st.selectbox("Folder", ids, index=at, format_func=lambda id_: choices[id_], key=key)


def tags_box(label: str, now: Sequence[str], about: str) -> list[str]:
    """The tags that are chosen or typed; those that are used already are offered."""
    with parts().database.reading() as db:
        used = [tag for tag, _ in tags.used(db, user_id=user_id())]
    return st.multiselect(
        label,
        list(dict.fromkeys([*now, *used])),
        default=list(now),
        accept_new_options=True,
        select_all=False,
        key=f"tags-{about}",
        placeholder="Choose, or type a new one",
    )
