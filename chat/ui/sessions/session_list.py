"""The list of sessions in the sidebar: groups, rows, and the menu of each row."""

from itertools import groupby

import streamlit as st

from chat.ui import state, times
from chat.ui.controls import menu
from chat.ui.labels import plain
from chat.ui.services import parts, user_id
from chat.ui.sessions import actions
from store import sessions
from store.session_values import SessionSummary
from store.types import utc_now

UNTITLED = "New chat"


def draw() -> None:
    """The newest sessions, those that match the search, and **Show more**."""
    known = state.tab()
    query = str(state.value("search-chats") or "")
    with parts().database.reading() as db:
        found = sessions.recent(
            db,
            user_id=user_id(),
            limit=known.listed + 1,
            query=query,
            archived=None if query.strip() else False,
        )
    rows = found[: known.listed]
    answering = parts().turns.running_sessions(user_id())
    where = times.zone()
    today = utc_now().astimezone(where).date()

    def heading(row: SessionSummary) -> str:
        return "Pinned" if row.pinned else times.group(row.last_activity_at, today, where)

    groups = [(title, list(members)) for title, members in groupby(rows, heading)]
    # Two columns rather than a container or two per row: half the elements, and every switch
    # sends and draws them all.
    with st.container(horizontal=True, gap=None, wrap=False):
        with st.container(width="stretch", gap=None):
            for title, members in groups:
                st.caption(title)
                for row in members:
                    _title(row, known.session_id, row.session_id in answering)
        with st.container(width="content", gap=None):
            for _, members in groups:
                st.caption("&nbsp;")
                for row in members:
                    _menu(row)
    if len(found) > known.listed:
        st.button("Show more", key="show-more", on_click=_show_more, type="tertiary")
    if not rows:
        nothing = "No chat has this in its title or last message."
        st.caption(nothing if query.strip() else "Your chats will be listed here.")


def _show_more() -> None:
    state.tab().listed += state.LIST


def _title(row: SessionSummary, active: str | None, answering: bool) -> None:
    # No tooltip: it covers the row above, and Streamlit draws a second button for it.
    st.button(
        plain(row.title or UNTITLED),
        key=f"open-{row.session_id}",
        type="secondary" if row.session_id == active else "tertiary",
        icon="spinner" if answering else None,
        on_click=actions.open_session,
        args=(row.session_id,),
        wrap=False,
    )


def _menu(row: SessionSummary) -> None:
    title = row.title or UNTITLED
    pin = "Unpin" if row.pinned else "Pin"
    archive = "Unarchive" if row.archived_at else "Archive"
    options = ("Rename", pin, archive, "Duplicate", "Details", "Delete")
    key = f"actions-{row.session_id}"
    menu(f"Actions for {title}", options, key, actions.act, row.session_id, title)
