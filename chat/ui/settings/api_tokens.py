"""The API tokens of whoever is there: a list, a new one (shown once), and revoking."""

import streamlit as st

from chat.ui import state
from chat.ui.controls import button, close, dialog, icon_button, row
from chat.ui.labels import plain
from chat.ui.services import identity, parts
from chat.ui.times import ago, zone
from store import tokens
from store.errors import TokenNotFound
from store.types import utc_now
from store.values import ApiToken

_DAYS: dict[str, int | None] = {
    "7 days": 7,
    "30 days": 30,
    "90 days": 90,
    "1 year": 365,
    "Never": None,
}


def draw() -> None:
    """The list, newest first; nothing for guests, who have no account that outlives a cookie."""
    if identity().role == "guest":
        return
    with parts().database.reading() as db:
        found = tokens.listed(db, user_id=identity().user_id)
    with st.container(border=True, key="api-tokens"):
        st.subheader("API tokens", anchor=False)
        st.caption("With a token, programs use the HTTP API as you.")
        for token in found:
            _row(token)
        if not found:
            st.caption("There are none yet.")
        button("New API token", "new-token", state.ask, "new-token", icon="add")


def _row(token: ApiToken) -> None:
    with row(f"token-{token.id}", plain(token.name), times(token)):
        key = f"revoke-{token.id}"
        icon_button(f"Revoke {token.name}", "close", key, state.ask, "revoke-token", token.id)


def times(token: ApiToken) -> str:
    """When it was last used, and until when it is good."""
    now = utc_now()
    used = f"last used {ago(token.last_used_at, now)}" if token.last_used_at else "never used"
    if token.expires_at is None:
        return f"{used}, does not expire"
    day = f"{token.expires_at.astimezone(zone()):%Y-%m-%d}"
    return f"{used}, {'expired' if token.expires_at < now else 'expires'} on {day}"


@dialog("New API token")
def new_dialog(_about: str) -> None:
    """Name and expiry, then the token, once."""
    with st.form("token-form", border=False):
        name = st.text_input("Name", placeholder="What it is for")
        days = st.selectbox("Expires after", list(_DAYS), index=2)
        sent = st.form_submit_button("Create token", type="primary")
    if sent:
        made = parts().accounts.new_token(identity(), name=name, days=_DAYS[str(days)])
        st.markdown("Copy the token now: **it is shown only this once.**")
        st.code(made.token, language=None, wrap_lines=True)


@dialog("Revoke API token")
def revoke_dialog(token_id: str) -> None:
    """Remove a token, after a question."""
    with parts().database.reading() as db:
        found = tokens.listed(db, user_id=identity().user_id)
    token = next((one for one in found if one.id == token_id), None)
    if token is None:
        raise TokenNotFound
    st.markdown(
        f"Programs that use “{plain(token.name)}” lose their access at once. This cannot be undone."
    )
    if st.button("Revoke", type="primary", key="confirm-revoke"):
        who = identity()
        parts().members.revoke_token(who, who.user_id, token_id)
        close(f"“{token.name}” is revoked.")
