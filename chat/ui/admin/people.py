"""For administrators: who there is."""

import streamlit as st

from chat.people.identity import Identity
from chat.ui import state
from chat.ui.controls import button, menu, row
from chat.ui.failures import done
from chat.ui.labels import plain
from chat.ui.services import identity, parts
from chat.ui.times import ago
from store import users
from store.errors import NotFound
from store.types import utc_now
from store.values import User

_DIALOGS = {
    "Make administrator": "role",
    "Make user": "role",
    "Disable": "disable",
    "Reset link": "reset-link",
    "Remove": "remove",
}


def administrator() -> Identity:
    """Whose page this is, if they may look after people; for all others there is no such page."""
    who = identity()
    if not who.is_admin or who.mode.local:
        raise NotFound("There is no such page.", "Go back to the chat.")
    return who


def draw() -> None:
    """The list with its filter, and the menu of each row."""
    who = administrator()
    known = state.tab()
    st.subheader("People", anchor=False)
    with st.container(horizontal=True, vertical_alignment="bottom"):
        query = st.text_input(
            "Filter", key="people-filter", type="search", live=True, placeholder="Username or name"
        )
        if who.mode.accounts:
            button("Invite", "invite", state.ask, "invite", icon="person_add")
    with parts().database.reading() as db:
        found = users.listed(db, query=query.strip(), limit=known.people + 1)
    for user in found[: known.people]:
        _row(user, who)
    if not found:
        st.caption("Nobody has this in their name.")
    if len(found) > known.people:
        st.button("Show more", key="more-people", type="tertiary", on_click=_show_more)


def _row(user: User, who: Identity) -> None:
    also = f" ({plain(user.username)})" if user.name != user.username else ""
    with row(f"person-{user.id}", f"**{plain(user.name)}**{also}", _about(user, who)):
        key = f"person-actions-{user.id}"
        menu(f"Actions for {user.username}", _options(user, who), key, _act, user.id)


def _about(user: User, who: Identity) -> str:
    seen = f"seen {ago(user.last_seen_at, utc_now())}" if user.last_seen_at else "never seen"
    role = "administrator" if user.role == "admin" else "user"
    words = [f"{role}, you" if user.id == who.user_id else role, seen]
    return " · ".join([*words, "**disabled**"] if user.disabled_at else words)


def _options(user: User, who: Identity) -> list[str]:
    return [
        "Make user" if user.role == "admin" else "Make administrator",
        "Enable" if user.disabled_at else "Disable",
        *(["Reset link"] if who.mode.passwords else []),
        "Remove",
    ]


def _act(key: str, user_id: str) -> None:
    chosen = str(state.value(key))
    if chosen in _DIALOGS:
        state.ask(_DIALOGS[chosen], user_id)
    elif chosen == "Enable":
        with done("They can log in again."):
            parts().members.set_disabled(administrator(), user_id, disabled=False)


def _show_more() -> None:
    state.tab().people += state.LIST
