"""The page behind a link: read-only, for whoever has it, and for nobody who is to be known.

Who looks is only looked up where a login is needed or somebody wants a copy: opening a link makes
no guest.
"""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import quote

import streamlit as st

from chat.errors import ParleyError
from chat.people.guests import GUEST_COOKIE
from chat.ui import place, state
from chat.ui.components import browser
from chat.ui.controls import button
from chat.ui.failures import look_again
from chat.ui.labels import plain
from chat.ui.services import address, ended, parts, repeat, whoami
from chat.ui.sessions.actions import CHAT_PAGE
from chat.ui.shares import drawing
from store.errors import ShareNotFound, StorageUnavailable, StoreError
from store.share_values import Look, OpenShare
from store.texts import is_id

LOOK_SHARE, LOGIN_SECONDS = 1.5, 5.0
CONTINUE = "Continue in my own chat"
SHARE_PAGE, LINK_COOKIE, REMEMBER_SECONDS = "share_page.py", "parley-link", 600


def draw() -> None:
    """What the link in the address shows, for as long as it leads somewhere."""
    token, known = st.query_params.get("token", ""), state.tab()
    with _explained():
        reading = _opened(token, known)
        if reading is None:
            return
        if known.joining:
            known.joining = False
            _copy()
        look = parts().sharing.look(reading.share)
        chat = parts().sharing.again(reading.share, limit=reading.most)
        place.titled(chat.title or "Shared chat")
        drawing.draw(chat, reading.share.key, "shared", _show_earlier)
        st.divider()
        browser.paper()
        _offer(token)
        place.links()
        _follow(look)
    if known.error:
        st.error(plain(known.error), icon=":material/error:")


def remember() -> None:
    """Above a provider's login, from which people come back to another page: which link it was."""
    if not parts().identities.mode.provider:
        return
    token = st.query_params.get("token", "")
    if whoami() is None:
        st.info("Log in to read the shared chat.", icon=":material/link:")
        if is_id(token):
            browser.cookie(_remembering(token, REMEMBER_SECONDS))
    elif LINK_COOKIE in st.context.cookies:
        state.tab().cookie = _remembering("", 1)


def lead_back(known: state.Tab) -> None:
    """In a tab that opens at the bare address: to the link that was opened before the login."""
    if known.begun or known.session_id is not None or not parts().identities.mode.provider:
        return
    token = st.context.cookies.get(LINK_COOKIE, "")
    if is_id(token):
        known.begun = True
        st.switch_page(SHARE_PAGE, query_params={"token": token})


def _remembering(token: str, seconds: int) -> str:
    return json.dumps({"name": LINK_COOKIE, "value": token, "seconds": seconds})


def _opened(token: str, known: state.Tab) -> state.Reading | None:
    """The link as this tab has opened it, which counts as one view; None while it asks."""
    if known.reading is not None and known.reading.token == token:
        return known.reading
    known.reading = None
    found = parts().sharing.find(token, address())
    if found.password_hash is None:
        return _entered(token, found, "")
    room = st.empty()
    with room.container(), st.form("share-password-form", border=False):
        st.title("Shared chat", anchor=False)
        password = st.text_input("Password of the link", type="password", autocomplete="off")
        if not st.form_submit_button("Open", type="primary"):
            return None
        try:
            reading = _entered(token, found, password)
        except ShareNotFound:
            st.error("The password is wrong, or the link has ended.", icon=":material/error:")
            return None
    room.empty()
    return reading


def _entered(token: str, found: OpenShare, password: str) -> state.Reading:
    parts().sharing.enter(found, password, address())
    reading = state.tab().reading = state.Reading(token, found, drawing.FIRST)
    return reading


def _show_earlier() -> None:
    if reading := state.tab().reading:
        reading.most += drawing.MORE


def _offer(token: str) -> None:
    """A copy for whoever wants one; a guest without a cookie gets one with a page."""
    identities = parts().identities
    cookie = st.context.cookies.get(GUEST_COOKIE, "")
    if identities.mode.guests and not identities.is_guest_cookie(cookie):
        with_cookie = f"?token={quote(token, safe='')}&mine=1"
        st.link_button(CONTINUE, with_cookie, key="share-continue", icon=":material/fork_right:")
    else:
        button(CONTINUE, "share-continue", _copy, icon="fork_right")


def _copy() -> None:
    """A chat of whoever is there, once somebody is; then that chat."""
    known = state.tab()
    known.error = ""
    try:
        found = whoami(0.0)
        if found is None or known.reading is None:
            known.joining = found is None
            return
        made = parts().sharing.copy(found.user_id, known.reading.share, address())
    except ParleyError as failure:
        known.error = str(failure)
        return
    known.done = made.description
    known.open(made.session_id)
    st.switch_page(CHAT_PAGE, query_params={"session": made.session_id})


def _follow(drawn: Look) -> None:
    """The page once more as soon as it is another, or the link has ended."""

    def look_on() -> None:
        known = state.tab()
        try:
            same = known.reading and parts().sharing.look(known.reading.share) == drawn
        except ShareNotFound:
            same = False
        except StoreError:
            return
        if not same or (known.owner and ended(LOGIN_SECONDS)):
            st.rerun()

    repeat(look_on, LOOK_SHARE)


@contextmanager
def _explained() -> Iterator[None]:
    """What went wrong, in place of what could not be drawn."""
    try:
        yield
    except ShareNotFound:
        state.tab().reading = None
        st.title("This link leads nowhere", anchor=False)
        st.markdown(
            "It has expired, was revoked or opened as often as it may be, or is not complete. "
            "Ask who sent it to you."
        )
    except StorageUnavailable as failure:
        st.error(plain(str(failure)), icon=":material/cloud_off:")
        repeat(look_again, LOOK_SHARE)
    except ParleyError as failure:
        st.error(plain(str(failure)), icon=":material/error:")
