"""For administrators: everybody's API tokens and unused links; each can be revoked."""

from collections.abc import Mapping

import streamlit as st

from chat.ui import state
from chat.ui.admin.people import administrator
from chat.ui.controls import close, dialog, icon_button, row
from chat.ui.labels import plain
from chat.ui.services import parts
from chat.ui.settings.api_tokens import times
from chat.ui.times import zone
from store import codes, tokens, users
from store.errors import TokenNotFound
from store.types import utc_now
from store.values import ApiToken, Code, User


def draw() -> None:
    """Both lists, newest first."""
    administrator()
    most = state.tab().access
    with parts().database.reading() as db:
        waiting = codes.listed(db, now=utc_now(), limit=most + 1)
        found = tokens.of_all(db, limit=most + 1)
        ids = {one for code in waiting for one in (code.user_id, code.made_by) if one}
        people = users.among(db, ids)
    with st.container(border=True, key="all-codes"):
        st.subheader("Invitations and reset links", anchor=False)
        for code in waiting[:most]:
            _code(code, people)
        if not waiting:
            st.caption("None waits to be used.")
    with st.container(border=True, key="all-tokens"):
        st.subheader("Everybody's API tokens", anchor=False)
        for user, token in found[:most]:
            _token(user, token)
        if not found:
            st.caption("There are none.")
    if max(len(waiting), len(found)) > most:
        st.button("Show more", key="more-access", type="tertiary", on_click=_show_more)


def _code(code: Code, people: Mapping[str, User]) -> None:
    made_by = people.get(code.made_by or "")
    until = f"works until {code.expires_at.astimezone(zone()):%Y-%m-%d %H:%M}"
    about = f"made by {plain(made_by.name)}, {until}" if made_by else until
    name = _what(code, people)
    with row(f"code-{code.code_hash}", plain(name), about):
        key = f"revoke-code-{code.code_hash}"
        icon_button(f"Revoke {name}", "close", key, state.ask, "revoke-code", code.code_hash)


def _what(code: Code, people: Mapping[str, User]) -> str:
    if code.kind == codes.RESET:
        user = people.get(code.user_id or "")
        return f"Reset link of {user.name if user else 'somebody'}"
    return "Invitation as administrator" if code.role == "admin" else "Invitation"


def _token(user: User, token: ApiToken) -> None:
    with row(f"token-{token.id}", f"{plain(token.name)} of **{plain(user.name)}**", times(token)):
        key, about = f"revoke-{token.id}", f"{user.id} {token.id}"
        name = f"Revoke {token.name} of {user.name}"
        icon_button(name, "close", key, state.ask, "revoke-any-token", about)


def _show_more() -> None:
    state.tab().access += state.LIST


@dialog("Revoke link")
def code_dialog(code_hash: str) -> None:
    """End an invitation or a reset link, after a question."""
    administrator()
    st.markdown("Whoever has this link can do nothing with it any more. This cannot be undone.")
    if st.button("Revoke", type="primary", key="confirm-revoke"):
        parts().members.revoke_code(administrator(), code_hash)
        close("The link is revoked.")


@dialog("Revoke API token")
def token_dialog(about: str) -> None:
    """End somebody's token, after a question."""
    administrator()
    user_id, _, token_id = about.partition(" ")
    with parts().database.reading() as db:
        user = users.get(db, user_id=user_id)
        found = tokens.listed(db, user_id=user_id)
    token = next((one for one in found if one.id == token_id), None)
    if token is None:
        raise TokenNotFound
    st.markdown(
        f"Programs that use “{plain(token.name)}” of {plain(user.name)} lose their access at once. "
        "This cannot be undone."
    )
    if st.button("Revoke", type="primary", key="confirm-revoke"):
        parts().members.revoke_token(administrator(), user_id, token_id)
        close(f"“{token.name}” of {user.name} is revoked.")
