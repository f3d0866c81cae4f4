"""The process's parts and who is there, for pages and everything they draw."""

from __future__ import annotations

import time
from typing import TypedDict

import streamlit as st

from chat import runtime
from chat.errors import NotSignedIn
from chat.identity import LOGIN_COOKIE, Identity
from chat.runtime import Runtime
from chat.ui import state

LOOK_UP_SECONDS = 0.25


def parts() -> Runtime:
    """The running process's parts."""
    return runtime.start()


def whoami() -> Identity | None:
    """Whose page this is; read again from the database when that is a quarter second old."""
    identities = parts().identities
    if identities.mode == "off":
        return identities.local
    known = state.tab()
    now = time.monotonic()
    if known.looked_up is None or now - known.looked_up > LOOK_UP_SECONDS:
        cookies = dict(st.context.cookies)
        if known.login:
            cookies[LOGIN_COOKIE] = known.login
        known.who = identities.by_cookies(cookies)
        known.looked_up = now
    return known.who


def identity() -> Identity:
    """Whose page this is; raises `NotSignedIn` when nobody is known, or no longer."""
    found = whoami()
    if found is None:
        raise NotSignedIn
    return found


def user_id() -> str:
    """The id of whose page this is; raises `NotSignedIn`."""
    return identity().user_id


class Place(TypedDict):
    """The arguments that name a session of a user."""

    user_id: str
    session_id: str


def place(session_id: str) -> Place:
    """The arguments that name a session of this user."""
    return Place(user_id=user_id(), session_id=session_id)
