"""The list of bookmarked messages of all chats; a click opens one where it was said."""

import streamlit as st

from chat.ui import state
from chat.ui.controls import button, icon_button
from chat.ui.failures import shown
from chat.ui.labels import plain
from chat.ui.services import key, parts, user_id
from chat.ui.sessions.actions import open_message
from chat.ui.times import zone
from store import bookmarks
from store.bookmarks import Bookmark

PAGE_ROWS = 25
EMPTY = "No bookmarks yet. Choose Bookmark in the menu of a message, and it is found here."


def draw() -> None:
    """A page of them, newest first."""
    with parts().database.reading() as db:
        count = bookmarks.count(db, user_id=user_id())
        pages = max(-(-count // PAGE_ROWS), 1)
        wanted = state.value("bookmarks-page")
        page = min(wanted, pages) if isinstance(wanted, int) else 1
        offset = (page - 1) * PAGE_ROWS
        found = bookmarks.listed(db, user_id=user_id(), limit=PAGE_ROWS, offset=offset)
    with st.container(key="bookmarks"):
        if not found:
            st.info(EMPTY, icon=":material/bookmark:")
        for one in found:
            _row(one)
        if pages > 1:
            st.pagination(pages, key="bookmarks-page")


def _row(one: Bookmark) -> None:
    place = f"{one.session_id}-{one.message_id}"
    about = one.session_id, one.message_id
    who = "You" if one.role == "user" else one.persona or "Assistant"
    when = f"{one.created_at.astimezone(zone()):%Y-%m-%d %H:%M}"
    with st.container(horizontal=True, key=f"bookmark-{place}", border=True, wrap=False):
        with st.container(width="stretch", gap="xsmall"):
            title = plain(one.title or "New chat")
            button(f"**{title}**", f"open-bookmark-{place}", open_message, *about, quiet=True)
            st.markdown(plain(one.excerpt or "(no text)"))
            st.caption(f"{plain(who)} · {when}")
        name = f"Remove bookmark in {one.title or 'New chat'}, {when}"
        icon_button(name, "close", f"remove-bookmark-{place}", _remove, *about)


def _remove(session_id: str, message_id: int) -> None:
    with shown():
        parts().sessions.mark(key(session_id), message_id, bookmarked=False)
        text = "The bookmark is removed."
        state.tab().undo = state.Undo("bookmark", text, (session_id,), message_id)
