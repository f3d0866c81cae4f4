"""The login cookie in the browser: kept at a login, dropped when the login is over.

It is written by the page itself (``SameSite=Strict`` unless in a frame, ``Secure`` on https).
Dropping names the value, so that a tab whose login ended does not drop the cookie of who logged in
after it. The page is loaded anew then: nothing that the browser keeps of it outlives the login.
"""

import json

import streamlit as st

from chat.people.identity import LOGIN_COOKIE
from chat.ui import state
from chat.ui.components import browser
from chat.ui.services import parts
from store.types import utc_now
from store.values import User


def log_in(user: User) -> None:
    """From now on this tab and its browser belong to whoever just gave the right password."""
    value, expires = parts().identities.login_cookie(user)
    known = state.tab()
    known.login, known.looked_up = value, None
    known.cookie = _job(value, round((expires - utc_now()).total_seconds()))


def log_out() -> None:
    """Forget everything of this tab, and have the browser drop the cookie of its login, if any."""
    known = state.tab()
    value = known.login or st.context.cookies.get(LOGIN_COOKIE, "")
    job = _job(value, 0) if value else ""
    state.forget(login=state.NOBODY, cookie=job, leaving=known.leaving)


def write() -> None:
    """Let the browser do what is to be done, once; shows nothing itself."""
    if job := state.tab().cookie:
        browser.cookie(job)


def _job(value: str, seconds: int) -> str:
    return json.dumps({"name": LOGIN_COOKIE, "value": value, "seconds": seconds})
