"""Emptying a chat that stays: what goes with it is said before, and it can be taken back."""

import streamlit as st

from chat.limits.words import counted
from chat.ui import state
from chat.ui.controls import dialog, sure
from chat.ui.labels import plain
from chat.ui.services import key, parts
from store import profiles, sessions


@dialog("Clear session")
def clear_dialog(session_id: str) -> None:
    """What goes, what stays, and **Clear**."""
    active = key(session_id)
    with parts().database.reading() as db:
        session = sessions.get(db, active)
        results = profiles.count(db, active)
    title = plain(session.title or "New chat")
    also = f" and {counted(results, 'analysis result')}" if results else ""
    st.markdown(
        f"“{title}” is emptied: all its messages on all branches{also} go to the trash, also "
        "questions that wait, and an answer that is being written stops. The chat stays, with its "
        "title, persona and settings. For "
        f"{counted(parts().settings.trash_days, 'day')} all of it can be brought back, with Undo "
        "or in the chat's details."
    )
    if sure("Clear", "empty"):
        parts().sessions.clear(active)
        state.tab().undo = state.Undo("clear", f"“{title}” is empty.", (session_id,))
        st.rerun()
