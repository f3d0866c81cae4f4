"""What the controls of sessions do; all are callbacks, so each click costs one run."""

from collections.abc import Mapping
from contextlib import suppress

import streamlit as st

from chat.ui import state
from chat.ui.failures import shown
from chat.ui.labels import plain
from chat.ui.services import key, parts, user_id
from store import folders, latest, preferences, sessions
from store.errors import StoreError
from store.session_values import SessionChanges
from store.values import SessionKey

CHAT_PAGE = "chat_page.py"
_DIALOGS = {
    "Rename": "rename",
    "Move": "move",
    "Tags": "tags",
    "Export": "export",
    "Share": "share",
    "Details": "session",
    "Clear": "empty",
    "Delete": "delete",
}


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


def open_last(known: state.Tab) -> None:
    """In a tab that opens at the bare address: the chat used last, for whoever prefers that."""
    is_first, known.begun = not known.begun, True
    if not is_first or known.page != "chat" or known.session_id is not None:
        return
    who = user_id()  # before the transaction: to look can take one itself
    with suppress(StoreError), parts().database.reading() as db:
        if preferences.of_user(db, user_id=who).get(preferences.OPEN_LAST_CHAT) is True:
            known.open(latest.latest(db, user_id=who))


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


def move(session_ids: list[str], folder_id: str | None) -> None:
    """Put chats into a folder, or into none, and offer Undo."""
    with shown():
        before = parts().filing.move(list(map(key, session_ids)), folder_id)
        name = "Out of its folder"
        if folder_id is not None:
            with parts().database.reading() as db:
                found = folders.get(db, user_id=user_id(), folder_id=folder_id)
            name = f"Moved to “{plain(found.name)}”"
        offer_undo(name, before)


def offer_undo(what: str, before: Mapping[SessionKey, SessionChanges]) -> None:
    """Say what was done with these chats, and offer to take it back."""
    ids = tuple(key.session_id for key in before)
    state.tab().undo = state.Undo("order", f"{what}: {chats(len(ids))}.", ids, before=before)


def chats(count: int) -> str:
    """So many of them, in words."""
    return f"{count:,} chat{'' if count == 1 else 's'}"


def undo() -> None:
    """Take back what was done last, and show what came back."""
    known = state.tab()
    last, known.undo = known.undo, None
    if last is None:
        return
    first = last.session_ids[0]
    with shown():
        if last.action == "archive":
            parts().sessions.archive(map(key, last.session_ids), archived=False)
        elif last.action == "order":
            parts().filing.put_back(last.before)
        elif last.action == "trash":
            parts().sessions.restore_those_left(map(key, last.session_ids))
            if len(last.session_ids) == 1:
                open_session(first)
        elif last.action == "clear":
            parts().sessions.restore(key(first))
        elif last.action == "bookmark" and last.message_id is not None:
            parts().sessions.mark(key(first), last.message_id, bookmarked=True)
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
