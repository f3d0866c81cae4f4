"""The login cookie in the browser: kept at a login, dropped when the login is over.

It is written by the page itself (``SameSite=Strict``, ``Secure`` on https). Dropping names the
value, so that a tab whose login ended does not drop the cookie of who logged in after it. The
page is loaded anew then: nothing that the browser keeps of it outlives the login.
"""

from __future__ import annotations

import json
from datetime import datetime
from functools import cache
from typing import Any

import streamlit as st
from streamlit.components.v2 import component

from chat.people.identity import LOGIN_COOKIE
from chat.ui import state
from chat.ui.services import parts
from store.types import utc_now

_JS = """
let done = ""

export default function ({ data }) {
  const job = new TextDecoder().decode(data)
  if (job === done) return
  done = job
  const { name, value, seconds } = JSON.parse(job)
  const over = seconds <= 0
  if (!over || document.cookie.split("; ").includes(`${name}=${value}`)) {
    const secure = location.protocol === "https:" ? "; Secure" : ""
    document.cookie = `${name}=${value}; Path=/; Max-Age=${seconds}; SameSite=Strict${secure}`
  }
  if (over) location.replace(new URL(".", location.href))
}
"""


@cache
def _registered() -> Any:
    return component("parley_cookie", html="<span></span>", js=_JS)


def log_in(username: str) -> str:
    """From now on this tab and its browser belong to whoever just gave the right password.

    Gives the cookie's value.
    """
    value, expires = parts().identities.login_cookie(username)
    known = state.tab()
    known.login, known.looked_up = value, None
    keep(value, expires)
    return value


def keep(value: str, expires: datetime) -> None:
    """Have the browser keep a login until then."""
    state.tab().cookie = _job(value, round((expires - utc_now()).total_seconds()))


def log_out() -> None:
    """Forget everything of this tab, and have the browser drop the cookie of its login, if any."""
    value = state.tab().login or st.context.cookies.get(LOGIN_COOKIE, "")
    state.forget(login=state.NOBODY, cookie=_job(value, 0) if value else "")


def write() -> None:
    """Let the browser do what is to be done, once; shows nothing itself."""
    if job := state.tab().cookie:
        _registered()(data=job.encode(), key="cookie", width="content", height="content")


def _job(value: str, seconds: int) -> str:
    return json.dumps({"name": LOGIN_COOKIE, "value": value, "seconds": seconds})
