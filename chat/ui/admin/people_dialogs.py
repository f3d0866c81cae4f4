"""The dialogs in which administrators invite people, and change or remove their accounts."""

from urllib.parse import urlsplit

import streamlit as st

from chat.people.accounts import INVITE_DAYS
from chat.ui.admin.people import administrator
from chat.ui.controls import close, dialog, typed
from chat.ui.labels import plain
from chat.ui.login.forms import INVITE, RESET
from chat.ui.services import parts
from store import users
from store.values import User


@dialog("Invite somebody")
def invite(_about: str) -> None:
    """A link with which one person may register, shown once."""
    who = administrator()
    if parts().settings.registration == "closed":
        st.info("Registration is closed. Start Parley with PARLEY_REGISTRATION=invite.")
        return
    roles = {"User": "user", "Administrator": "admin"}
    role = st.segmented_control("They become", list(roles), default="User", required=True)
    if st.button("Create link", type="primary", key="create-invitation"):
        code = parts().accounts.new_invitation(who, role=roles[str(role)])
        _link(INVITE, code, f"Works once, for {INVITE_DAYS} days.")


@dialog("Reset link")
def reset_link(user_id: str) -> None:
    """A link with which somebody sets a new password, shown once."""
    user = _of(user_id)
    st.markdown(
        f"With the link {plain(user.name)} sets a new password without the old one. All their "
        "logins and API tokens end then."
    )
    if st.button("Create link", type="primary", key="create-reset"):
        code = parts().accounts.new_reset_code(administrator(), user_id=user.id)
        _link(RESET, code, "Works once, for a day. An earlier link stops working.")


@dialog("Change role")
def change_role(user_id: str) -> None:
    """Make somebody an administrator, or a user again."""
    user = _of(user_id)
    if user.role == "admin":
        st.markdown(
            f"{plain(user.name)} will no longer be able to look after people. Invitations and "
            "reset links that they made stop working."
        )
        role, label, said = "user", "Make user", f"{user.name} is a user now."
    else:
        st.markdown(f"{plain(user.name)} will be able to invite, disable and remove people.")
        role, label = "admin", "Make administrator"
        said = f"{user.name} is an administrator now."
    if st.button(label, type="primary", key="confirm-role"):
        parts().members.set_role(administrator(), user.id, role)
        close(said)


@dialog("Disable account")
def disable(user_id: str) -> None:
    """Keep somebody out."""
    user = _of(user_id)
    st.markdown(
        f"{plain(user.name)} is logged out everywhere at once and cannot log in; API tokens "
        "and links that they made stop working. Their chats stay; Enable lets them in again."
    )
    if st.button("Disable", type="primary", key="confirm-disable"):
        parts().members.set_disabled(administrator(), user.id, disabled=True)
        close(f"{user.name} is disabled.")


@dialog("Remove account")
def remove(user_id: str) -> None:
    """Remove somebody with everything of theirs, after a typed confirmation."""
    user = _of(user_id)
    st.markdown(
        f"{plain(user.name)} goes, with all chats, messages and API tokens. "
        "**This cannot be undone.** Disable keeps them out without removing anything."
    )
    if typed(user.username, "Remove"):
        parts().members.remove(administrator(), user.id)
        close(f"{user.name} is removed.")


def _of(user_id: str) -> User:
    administrator()
    with parts().database.reading() as db:
        return users.get(db, user_id=user_id)


def _link(parameter: str, code: str, terms: str) -> None:
    here = urlsplit(st.context.url or "")
    path = here.path.rstrip("/").removesuffix("/admin")
    st.markdown(f"Pass this link on: **it is shown only this once.** {terms}")
    st.code(
        f"{here.scheme}://{here.netloc}{path}/?{parameter}={code}", language=None, wrap_lines=True
    )
