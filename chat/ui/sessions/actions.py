"""What the controls of sessions do; all are callbacks, so each click costs one run."""

import streamlit as st

from chat.ui import state
from chat.ui.failures import shown
from chat.ui.labels import plain
from chat.ui.services import key, parts, user_id
from store import sessions

CHAT_PAGE = "chat_page.py"
_DIALOGS = {"Rename": "rename", "Delete": "delete", "Details": "session", "Export": "export"}


def open_message(session_id: str, message_id: int) -> None:
    """Show a message in its session and branch, marked for a moment, on the chat page."""
    open_session(session_id, message_id=message_id)


def open_session(
    session_id: str | None, *, new_id: str = "", message_id: int | None = None
) -> None:
    """Show a session, or a new chat of that id, on the chat page."""
    known = state.tab()
    known.open(session_id, message_id)
    known.new_id = new_id or known.new_id
    if known.page != "chat":
        query = {"session": session_id} if session_id else None
        known.url_session = session_id
        st.switch_page(CHAT_PAGE, query_params=query)


def act(session_id: str, title: str, chosen: str) -> None:
    """Do what was chosen in a session's menu."""
    known = state.tab()
    if chosen in _DIALOGS:
        state.ask(_DIALOGS[chosen], session_id)
        return
    with shown():
        if chosen in ("Pin", "Unpin"):
            parts().sessions.change(key(session_id), pinned=chosen == "Pin")
        elif chosen == "Duplicate":
            open_session(parts().sessions.duplicate(key(session_id)).session_id)
        elif chosen in ("Archive", "Unarchive"):
            parts().sessions.archive([key(session_id)], archived=chosen == "Archive")
            if chosen == "Archive":
                text = f"“{plain(title)}” is archived."
                known.undo = state.Undo("archive", text, (session_id,))


def trash(session_ids: list[str], text: str) -> None:
    """Put sessions into the trash, offer Undo, and show the next one if it was the active one."""
    known = state.tab()
    with parts().database.reading() as db:
        listed = [row.session_id for row in sessions.recent(db, user_id=user_id(), limit=1000)]
    parts().sessions.trash(list(map(key, session_ids)))
    if known.session_id in session_ids:
        known.open(_next_to(known.session_id, listed, set(session_ids)))
    known.undo = state.Undo("trash", text, tuple(session_ids))


def undo() -> None:
    """Take back the last deletion or archiving, and show what came back."""
    known = state.tab()
    last, known.undo = known.undo, None
    if last is None:
        return
    first = last.session_ids[0]
    with shown():
        if last.action == "archive":
            parts().sessions.archive(map(key, last.session_ids), archived=False)
        elif last.action == "trash":
            parts().sessions.restore_those_left(map(key, last.session_ids))
            if len(last.session_ids) == 1:
                open_session(first)
        elif last.message_id is not None:
            parts().sessions.restore_message(key(first), last.message_id)


def forget_undo() -> None:
    """Close the line that offers it."""
    state.tab().undo = None


def _next_to(active: str | None, listed: list[str], gone: set[str]) -> str | None:
    """The session below the active one in the list that stays, else the one above, else none."""
    at = listed.index(active) if active in listed else 0
    for session_id in [*listed[at:], *reversed(listed[:at])]:
        if session_id not in gone:
            return session_id
    return None
