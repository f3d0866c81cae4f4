"""The links that somebody has made, with what each shows, and revoking them."""

from collections.abc import Sequence

import streamlit as st

from chat.ui import state
from chat.ui.controls import button, icon_button, row
from chat.ui.failures import done
from chat.ui.labels import plain
from chat.ui.services import key, parts, user_id
from chat.ui.times import zone
from store import shares
from store.share_values import Share
from store.types import utc_now

MODES = {"snapshot": "Snapshot", "live": "Live"}
WORDS = {"files": "files", "tools": "tool steps", "profiles": "profile results", "names": "names"}


def draw() -> None:
    """All of somebody's own, for their settings; nothing where there are none and can be none."""
    with parts().database.reading() as db:
        found = shares.listed(db, user_id=user_id())
    if not found and not parts().sharing.is_on:
        return
    with st.container(border=True, key="shares"):
        st.subheader("Shared chats", anchor=False)
        st.caption("Whoever has one of these links can read what it shows.")
        if found and not parts().sharing.is_on:
            st.caption("Sharing is switched off here: none of them leads anywhere now.")
        rows(found, with_title=True)
        if found:
            button("Revoke all links", "revoke-shares", _revoke_all)
        else:
            st.caption("There are none yet.")


def rows(found: Sequence[Share], *, with_title: bool = False) -> None:
    """Each with what it shows, how often it was opened, and until when it works."""
    for share in found:
        shown = [WORDS[name] for name, value in share.include.as_json().items() if value]
        also = f", with {', '.join(shown)}" if shown else ""
        title = f"{MODES[share.mode]}{also}"
        if with_title:
            title = f"{share.title or 'New chat'}: {title.lower()}"
        with row(f"share-{share.share_id}", plain(title), _about(share)):
            name, key_ = f"Revoke the link: {title}", f"revoke-share-{share.share_id}"
            icon_button(name, "close", key_, _revoke, share.session_id, share.share_id)


def _about(share: Share) -> str:
    count = f"{share.views:,}" + (f" of {share.view_limit:,}" if share.view_limit else "")
    one = share.views == 1 and not share.view_limit
    day = f"{share.expires_at.astimezone(zone()):%Y-%m-%d %H:%M}"
    until = f"expired on {day}" if share.expires_at <= utc_now() else f"expires on {day}"
    password = ["needs a password"] if share.protected else []
    return " · ".join([f"{count} view{'' if one else 's'}", until, *password])


def _revoke(session_id: str, share_id: str) -> None:
    with done("The link is revoked."):
        parts().sharing.revoke(key(session_id), share_id)
        state.tab().link = ""


def _revoke_all() -> None:
    with done("All links are revoked."):
        parts().sharing.revoke_all(user_id())
