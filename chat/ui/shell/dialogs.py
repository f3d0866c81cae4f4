"""The small dialogs: new session, rename, delete, and the details of an answer."""

from collections.abc import Callable

import streamlit as st

from chat.ui import personas, state, temporary
from chat.ui.admin import access, people_dialogs, retention
from chat.ui.chat.again import again_dialog, versions_dialog
from chat.ui.chat.attached import file_dialog
from chat.ui.chat.attaching import attach_dialog
from chat.ui.chat.details import draw_details, draw_session
from chat.ui.chat.run_again import run_again_dialog
from chat.ui.controls import dialog, sure
from chat.ui.labels import plain
from chat.ui.profiles.compare import compare_dialog
from chat.ui.profiles.form import analyze_dialog, remove_dialog
from chat.ui.services import key, parts, user_id
from chat.ui.sessions import actions, clearing, folder_dialogs
from chat.ui.sessions.manage import clear_dialog, purge_dialog
from chat.ui.settings import account, api_tokens, own_personas
from chat.ui.shares.dialog import share_dialog
from chat.ui.shell import notices
from chat.ui.transfer.export import export_dialog
from store import sessions
from store.session_values import NewSession
from store.values import SessionKey

KEYS = (
    ("Enter", "Send the message"),
    ("Shift Enter", "Begin another line"),
    ("Esc", "Stop the answer"),
    ("↑", "In the empty message: edit the last question"),
    ("Ctrl J", "New chat"),
    ("Ctrl K", "Search chats"),
    ("Ctrl P", "Print the chat"),
    ("↑ ↓ Enter", "In the list: choose a chat and open it"),
    ("F2 Delete", "In the list: rename the chat, delete it"),
    ("Shift F10", "In the list: open the chat's menu"),
    ("Shift Space", "In the table of Manage sessions: choose a row"),
    ("?", "These keys"),
)


def below() -> None:
    """What is below each page that shows no turns: lines, and the dialog."""
    with st.bottom:
        notices.draw(state.tab())
    open_asked()


def open_asked() -> bool:
    """Open the dialog that a click asked for; whether one is open in this run.

    Where the next run begins before it was drawn, that one opens it.
    """
    known = state.tab()
    if known.dialog is None:
        return False
    kind, about = known.dialog
    try:
        _DIALOGS[kind](about)
    except Exception:
        known.dialog = None
        raise
    known.dialog = None
    return True


@dialog("New session")
def _new(_about: str) -> None:
    known = personas.choices()
    with st.form("new-session-form", border=False):
        hint = "Taken from the first message"
        name = st.text_input("Display name", placeholder=hint)
        persona = st.selectbox("Persona", list(known), format_func=lambda id_: known[id_].name)
        st.caption("The persona greets you and decides how the model answers.")
        passing = st.toggle("Temporary chat", help=temporary.ABOUT)
        if not st.form_submit_button("Create session", type="primary"):
            return
    new = NewSession(
        title=name, persona=str(persona), folder=state.tab().draft.folder, temporary=passing
    )
    made, _ = parts().sessions.create(SessionKey.new(user_id()), new)
    actions.open_session(made.session_id)
    st.rerun()


@dialog("Rename session")
def _rename(session_id: str) -> None:
    with parts().database.reading() as db:
        session = sessions.get(db, key(session_id))
    with st.form("rename-form", border=False):
        title = st.text_input("Title", value=session.title)
        if not st.form_submit_button("Rename", type="primary"):
            return
    parts().sessions.change(key(session_id), title=title)
    st.rerun()


@dialog("Delete session")
def _delete(session_id: str) -> None:
    with parts().database.reading() as db:
        session = sessions.get(db, key(session_id))
    title, count = plain(session.title or "New chat"), session.message_count
    st.markdown(
        f"“{title}” with {count} message{'' if count == 1 else 's'} goes to the trash. "
        f"It can be restored for {parts().settings.trash_days} days, on Manage sessions or "
        "with Undo."
    )
    if sure("Delete", "delete"):
        actions.trash([session_id], f"“{title}” is in the trash.")
        st.rerun()


@dialog("Keys")
def _keys(_about: str) -> None:
    for keys, what in KEYS:
        with st.container(horizontal=True, vertical_alignment="center", wrap=False):
            st.markdown(" ".join(f"`{key}`" for key in keys.split()), width=160)
            st.markdown(what)


_DIALOGS: dict[str, Callable[[str], None]] = {
    "new": _new,
    "keys": _keys,
    "rename": _rename,
    "delete": _delete,
    "details": draw_details,
    "again": again_dialog,
    "file": file_dialog,
    "attach": attach_dialog,
    "run-again": run_again_dialog,
    "compare-versions": versions_dialog,
    "session": draw_session,
    "share": share_dialog,
    "folder": folder_dialogs.folder_dialog,
    "delete-folder": folder_dialogs.delete_dialog,
    "move": folder_dialogs.move_dialog,
    "tags": folder_dialogs.tags_dialog,
    "export": export_dialog,
    "clear": clear_dialog,
    "empty": clearing.clear_dialog,
    "purge": purge_dialog,
    "new-token": api_tokens.new_dialog,
    "revoke-token": api_tokens.revoke_dialog,
    "revoke-any-token": access.token_dialog,
    "revoke-code": access.code_dialog,
    "persona": own_personas.form_dialog,
    "delete-persona": own_personas.delete_dialog,
    "analyze": analyze_dialog,
    "compare": compare_dialog,
    "remove-profile": remove_dialog,
    "delete-account": account.delete_dialog,
    "invite": people_dialogs.invite,
    "role": people_dialogs.change_role,
    "disable": people_dialogs.disable,
    "reset-link": people_dialogs.reset_link,
    "remove": people_dialogs.remove,
    "remove-rule": retention.remove_dialog,
}
