"""What people can do with their own account: name, password, logins, their data, and leaving."""

import streamlit as st

from chat.people.identity import Identity
from chat.ui import state
from chat.ui.controls import button, dialog, typed
from chat.ui.failures import done
from chat.ui.labels import plain
from chat.ui.login import cookie
from chat.ui.login.forms import new_password
from chat.ui.services import address, browser, identity, parts
from chat.ui.transfer.export import download
from store import preferences as preferences_of
from store import users
from store.users import UserChanges


def profile() -> None:
    """Display name and email; without login, or as a guest, only the name."""
    who = identity()
    with parts().database.reading() as db:
        user = users.get(db, user_id=who.user_id)
    with st.form("profile"):
        st.subheader("Profile", anchor=False)
        st.caption(plain(_about(who)))
        st.text_input("Display name", user.display_name, key="profile-name")
        if who.mode.accounts:
            st.text_input("Email", user.email or "", key="profile-email")
        st.form_submit_button("Save", on_click=_save_profile)


def _about(who: Identity) -> str:
    if who.mode.local:
        return "There is no login here: whoever opens this page is the local user."
    if who.role == "guest":
        return "You are a guest: this browser's cookie is all that leads to your chats."
    role = "administrator" if who.is_admin else "user"
    return f"Username: {who.username} ({role})"


def _save_profile() -> None:
    with done("Your profile is saved."):
        who = identity()
        changes = UserChanges(display_name=str(state.value("profile-name") or "").strip())
        if who.mode.accounts:
            changes["email"] = str(state.value("profile-email") or "").strip()
        parts().members.change_profile(who.user_id, changes)
        known = state.tab()
        known.looked_up = known.local_name = None


def preferences() -> None:
    """What the page does at the bare address."""
    with parts().database.reading() as db:
        kept = preferences_of.of_user(db, user_id=identity().user_id)
    with st.container(border=True):
        st.subheader("Start", anchor=False)
        state.put("open-last-chat", kept.get(preferences_of.OPEN_LAST_CHAT) is True)
        st.toggle(
            "Open the last chat",
            key="open-last-chat",
            help="It is the chat that you used last, else a new one.",
            on_change=_prefer_last_chat,
        )


def _prefer_last_chat() -> None:
    wanted = bool(state.value("open-last-chat"))
    with done(f"It opens with {'your last' if wanted else 'a new'} chat from now on."):
        parts().members.prefer_last_chat(identity().user_id, wanted)


def password() -> None:
    """Another password, where people log in with one."""
    if not identity().mode.passwords:
        return
    with st.form("change-password", clear_on_submit=True):
        st.subheader("Change password", anchor=False)
        st.text_input(
            "Current password", type="password", key="old-password", autocomplete="current-password"
        )
        new_password("New password", "new-password")
        st.caption("All your other logins and your API tokens end.")
        st.form_submit_button("Change password", on_click=_change_password)


def _change_password() -> None:
    with done("Your password is changed; all other logins and your API tokens have ended."):
        who = identity()
        user = parts().accounts.change_password(
            user_id=who.user_id,
            old=str(state.value("old-password") or ""),
            new=str(state.value("new-password") or ""),
            address=address(),
            browser=browser(),
        )
        cookie.log_in(user)


def logins() -> None:
    """End all logins at once."""
    if not identity().mode.accounts:
        return
    with st.container(border=True):
        st.subheader("Logins", anchor=False)
        st.caption(
            "Ends every login of yours, in all browsers, this one too, and all your API tokens."
        )
        st.button("Log out everywhere", key="log-out-everywhere", on_click=_log_out_everywhere)


def _log_out_everywhere() -> None:
    with done("You are logged out everywhere."):
        parts().members.log_out_everywhere(identity().user_id)
        state.tab().looked_up = None


def data() -> None:
    """Everything as a file, files of chats, and the way out."""
    who = identity()
    with st.container(border=True):
        st.subheader("Your data", anchor=False)
        st.caption("All your chats with all their messages, in one file; and files of chats.")
        with st.container(horizontal=True):
            button("Export", "download-all", state.ask, "export", icon="download")
            st.page_link("import_page.py", label="Import chats", icon=":material/upload:")
        if who.mode.accounts:
            button("Delete my account", "delete-account", state.ask, "delete-account")


@dialog("Delete account")
def delete_dialog(_about: str) -> None:
    """Remove the account and everything in it, after a typed confirmation."""
    who = identity()
    st.markdown(
        "Your account goes, with all chats, messages and API tokens. **This cannot be "
        "undone.** Download your data first if you want to keep it."
    )
    download("json", (), "download-before", "Download my data")
    if typed(who.username, "Delete account"):
        parts().members.remove(who, who.user_id)
        state.tab().looked_up = None
        st.rerun()
