"""**Share**: what a link shows is seen before it is made; then the link, once."""

from dataclasses import replace
from datetime import timedelta
from typing import cast
from urllib.parse import quote, urlsplit

import streamlit as st

from chat.errors import Forbidden
from chat.sharing.sharing import USUAL_DAYS, NewLink, Wanted
from chat.ui import state
from chat.ui.controls import dialog
from chat.ui.services import identity, key, parts
from chat.ui.shares import drawing, links
from store import shares
from store.share_values import VIEWS_MAX, Included, ShareMode
from store.types import utc_now

DAYS = (1, 7, 30, 90, 365)
CHOICES = {
    "Files": "files",
    "Tool steps, tables and charts": "tools",
    "Profile results": "profiles",
    "Names": "names",
}
ABOUT_FILES = (
    "Of files their names and beginnings are seen, of pictures a copy without what the camera "
    "wrote into them. Whoever continues the chat gets the files whole, and those copies."
)
ABOUT = {
    "snapshot": "The chat as it is now. What is said later is not in it.",
    "live": "The chat as it is whenever somebody looks, also while an answer is written.",
}
ABOUT_VIEWS = "Each time somebody opens the page counts, also when they load it anew."
PREVIEW_PX = 260


def share_dialog(session_id: str) -> None:
    """Make links to a chat, and revoke them."""
    known = state.tab()
    known.link, known.previewed, known.preview = "", drawing.FIRST, None
    _dialog(session_id)


@dialog("Share", width="large")
def _dialog(session_id: str) -> None:
    sharing, known = parts().sharing, state.tab()
    with parts().database.reading() as db:
        made = shares.of_session(db, key(session_id))
    if not sharing.is_on:
        raise Forbidden("Sharing is switched off here.", "Ask whoever runs this place.")
    wanted = _asked()
    if wanted.include.files:
        st.caption(ABOUT_FILES)
    st.caption("This is what will be visible, and nothing else:")
    chosen = (wanted.mode, wanted.include)
    seen = known.preview
    preview = sharing.preview(identity(), key(session_id), *chosen, limit=known.previewed)
    with st.container(height=PREVIEW_PX, border=True, key="share-preview", autoscroll=False):
        drawing.draw(preview, key(session_id), "preview", _show_earlier)
    who = "who is logged in here and has" if sharing.needs_login else "who has"
    st.caption(f"Everybody {who} the link can read it, until it expires or you revoke it.")
    if st.button("Create link", type="primary", key="share-create"):
        link = sharing.create(identity(), key(session_id), replace(wanted, seen=seen))
        known.link, made = _address(link), [link.share, *made]
    known.preview = preview.seen
    if known.link:
        with st.container(key="share-link"):
            st.markdown("Copy the link now: **it is shown only this once.**")
            st.code(known.link, language=None, wrap_lines=True)
    if made:
        st.markdown("**Links to this chat**")
        links.rows(made)


def _asked() -> Wanted:
    """What is chosen of the next link."""
    with st.container(horizontal=True, gap="large"):
        mode = st.segmented_control(
            "What is shared",
            list(ABOUT),
            default="snapshot",
            required=True,
            format_func=lambda one: links.MODES[one],
            key="share-mode",
        )
        chosen = st.pills(
            "Also visible", list(CHOICES), selection_mode="multi", default=[], key="share-include"
        )
    mode = cast(ShareMode, mode or "snapshot")
    st.caption(ABOUT[mode])
    most = parts().settings.share_days
    days = sorted({*(one for one in DAYS if one < most), most})
    usual = days.index(min(USUAL_DAYS, most))
    with st.container(horizontal=True):
        until = st.selectbox("Expires after", days, usual, format_func=_days, key="share-days")
        views = st.number_input(
            "Views at most",
            1,
            VIEWS_MAX,
            None,
            placeholder="No limit",
            key="share-views",
            help=ABOUT_VIEWS,
        )
        password = st.text_input(
            "Password", type="password", autocomplete="new-password", key="share-password",
            placeholder="None",
        )  # fmt: skip
    return Wanted(
        mode=mode,
        expires_at=utc_now() + timedelta(days=until),
        password=password,
        view_limit=views,
        include=Included(**{CHOICES[name]: True for name in chosen}),
    )


def _days(count: int) -> str:
    return f"{count} day{'' if count == 1 else 's'}"


def _show_earlier() -> None:
    state.tab().previewed += drawing.MORE


def _address(link: NewLink) -> str:
    """Of the page that shows it, as this browser knows Parley; its pages are side by side."""
    here = urlsplit(st.context.url or "")
    folder = here.path.rpartition("/")[0]
    page, token = f"{folder}/share", quote(link.token, safe="")
    if not state.tab().has_api:  # nor may what leads from the one to the other be reached
        return here._replace(path=page, query=f"token={token}", fragment="").geturl()
    return here._replace(path=f"{page}/{token}", query="", fragment="").geturl()
