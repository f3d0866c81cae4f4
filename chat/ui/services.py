"""The process's parts and who is there, for pages and everything they draw."""

import math
from collections.abc import Callable, Mapping
from time import monotonic

import streamlit as st

from chat import runtime
from chat.errors import NotSignedIn
from chat.limits.payers import PeerAddress
from chat.limits.terms import Terms
from chat.people.browsers import BROWSER_COOKIE, Browser
from chat.people.identity import LOGIN_COOKIE, Identity
from chat.people.provider import ProviderLogin
from chat.runtime import Runtime
from chat.ui import state
from store.errors import StoreError
from store.values import SessionKey

LOOK_UP_SECONDS = 0.25


def parts() -> Runtime:
    """The running process's parts."""
    return runtime.start()


def repeat(draw: Callable[[], None], share: float = 1.0) -> None:
    """Draw what changes elsewhere, again and again for as long as it is on an open page.

    ``share`` is of the setting's seconds, between two times.
    """
    st.fragment(draw, run_every=share * parts().settings.refresh_seconds)()


def whoami(seconds: float = LOOK_UP_SECONDS) -> Identity | None:
    """Whose page this is; read again from the database when that is so many seconds old."""
    identities = parts().identities
    if identities.mode.local:
        return identities.local
    known = state.tab()
    now = monotonic()
    if known.looked_up is None or now - known.looked_up > seconds:
        known.who = lookup()()
        known.looked_up = now
    return known.who


def lookup() -> Callable[[], Identity | None]:
    """Finds out, also later and in another thread, whether this tab's login still holds."""
    identities = parts().identities
    if identities.mode.provider:
        claims = dict(st.user.to_dict())
        who = subject(claims)
        return lambda: identities.by_subject(who, claims) if who else None
    cookies = dict(st.context.cookies)
    if login := state.tab().login:
        cookies[LOGIN_COOKIE] = login
    return lambda: identities.by_cookies(cookies)


def subject(claims: Mapping[str, object]) -> str:
    """Issuer and subject of Streamlit's own login as one text; empty for somebody not logged in.

    Only they say who it is: an email can be anybody's.
    """
    issuer, subject = claims.get("iss"), claims.get("sub")
    if claims.get("is_logged_in") is not True:
        return ""
    if not isinstance(issuer, str) or not isinstance(subject, str) or not issuer or not subject:
        return ""
    return f"{issuer} {subject}" if " " not in issuer else ""


def ended(seconds: float = LOOK_UP_SECONDS) -> bool:
    """Whether the one for whom this page was drawn is no longer there; False while in doubt."""
    try:
        found = whoami(seconds)
    except StoreError:
        return False
    return found is None or found.user_id != state.tab().owner


def identity() -> Identity:
    """Whose page this is; raises `NotSignedIn` when nobody is known, or somebody else by now."""
    found = whoami()
    if found is None or found.user_id != state.tab().owner:
        raise NotSignedIn
    return found


def user_id() -> str:
    """The id of whose page this is; raises `NotSignedIn`."""
    return identity().user_id


def said() -> dict[str, object]:
    """Whose tab it is and which chat it shows, for the page's parts in the browser."""
    known, is_new = state.tab(), state.tab().session_id is None
    who = whoami(math.inf)  # as the page was begun: a login may end while it is drawn
    return {
        "user": known.owner,
        "token": parts().identities.page_token(who) if who else "",
        "tab": known.id,
        "turn": known.turn,
        "session": {"id": known.new_id if is_new else known.session_id, "new": is_new},
        "title": known.title,
    }


def newcomer() -> ProviderLogin | None:
    """The provider's login of this tab's browser, if somebody may begin here with it now."""
    claims = dict(st.user.to_dict())
    who = subject(claims)
    return parts().identities.provider.newcomer(who, claims) if who else None


def browser() -> Browser:
    """This tab's browser, if somebody was logged in there before."""
    return parts().identities.browsers.by_cookie(st.context.cookies.get(BROWSER_COOKIE, ""))


def address() -> PeerAddress:
    """Where this tab's browser is; a browser on this computer does not say so."""
    return PeerAddress(st.context.ip_address or "127.0.0.1")


def terms() -> Terms:
    """On which terms models answer whoever's page this is."""
    return parts().limits.terms(identity().role)


def key(session_id: str) -> SessionKey:
    """Of a session of whose page this is; raises `NotSignedIn`."""
    return SessionKey(user_id(), session_id)
