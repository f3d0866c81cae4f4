"""Logins by a provider, with Streamlit's own login and ``[auth]`` in its secrets.

Streamlit checks the provider's ID token once and keeps its claims in a cookie that it signs;
`chat.people.identity` decides at each use whether that login still holds.
"""

from collections.abc import Callable, Mapping
from urllib.parse import urlsplit

import streamlit as st
from streamlit.errors import StreamlitSecretNotFoundError

from chat.errors import ConfigurationError
from chat.people.identity import Identities
from chat.people.provider import Standing
from chat.ui import place, state
from chat.ui.failures import explained
from chat.ui.labels import plain
from chat.ui.login import forms
from chat.ui.services import address, newcomer, parts, subject

CALLBACK = "/oauth2callback"
SECRET_MIN = 32
SHARED = ("redirect_uri", "cookie_secret")
OWN = ("client_id", "client_secret", "server_metadata_url")
PLACE = "[auth] of .streamlit/secrets.toml"


def check() -> None:
    """Raise `ConfigurationError` unless the provider is set with which people are to log in."""
    auth = _auth()
    own = [section for section in _sections(auth).values() if any(map(section.get, OWN))]
    missing = [name for name in SHARED if not auth.get(name)]
    for section in own or [auth]:
        missing += [name for name in OWN if not section.get(name)]
    if missing:
        raise ConfigurationError(f"PARLEY_AUTH=oidc needs {', '.join(missing)} in {PLACE}.")
    if not str(auth["redirect_uri"]).endswith(CALLBACK):
        raise ConfigurationError(f"redirect_uri in {PLACE} must end with {CALLBACK}.")
    if len(str(auth["cookie_secret"])) < SECRET_MIN:
        raise ConfigurationError(
            f"cookie_secret in {PLACE} must be a secret of at least {SECRET_MIN} characters."
        )


def draw_login(identities: Identities) -> None:
    """A button for each provider, and why whoever was logged in is not any more."""
    place.heading()
    if state.tab().leaving:
        _leave()
        return
    claims = dict(st.user.to_dict())
    if who := subject(claims):
        _EXPLAINS[identities.provider.standing(who, claims)]()
    elif st.query_params.get(forms.INVITE):
        st.info("Log in, then open your invitation once more.", icon=":material/mail:")
    for name, label in _providers().items():
        st.button(
            f"Log in with {plain(label)}", key=f"login-{name}", on_click=st.login, args=(name,)
        )
    place.links()


def _disabled() -> None:
    st.error("Your account is disabled. Ask an administrator.", icon=":material/block:")


def _ended() -> None:
    st.info("Your login has ended. Log in again.", icon=":material/logout:")


def _closed() -> None:
    st.error(
        "You have no account here, and registration is closed. Ask an administrator.",
        icon=":material/block:",
    )


def _set_up() -> None:
    with st.form("set-up"):
        code = forms.setup_code()
        hand_over = forms.takes_over()
        sent = st.form_submit_button("Set up", type="primary")
    if sent:
        _join(code, hand_over=hand_over)


def _invited() -> None:
    with st.form("join"):
        st.subheader("Register", anchor=False)
        st.caption("You have no account here yet; an administrator can invite you.")
        given = st.query_params.get(forms.INVITE, "")
        code = st.text_input("Invitation code", value=given, autocomplete="off")
        sent = st.form_submit_button("Register", type="primary")
    if sent:
        _join(code)


def _join(code: str, *, hand_over: bool = False) -> None:
    join, who = parts().accounts.join, newcomer()
    with explained():
        join(who, code=code, address=address(), hand_over=hand_over)
        st.query_params.pop(forms.INVITE, None)
        state.tab().looked_up = None
        st.rerun()


_EXPLAINS: Mapping[Standing, Callable[[], None]] = {
    "disabled": _disabled,
    "ended": _ended,
    "closed": _closed,
    "set up": _set_up,
    "code": _invited,
}


def _leave() -> None:
    """Have the browser drop Streamlit's cookie, and the provider end its login if it can.

    The login itself is ended by `Identities.log_out`. Said in the run that nothing follows: what
    a callback says is thrown away by a rerun, unless it has left the server before.
    """
    st.info("Logging out …", icon=":material/logout:")
    st.logout()


def _providers() -> dict[str, str]:
    """What to call them, by the name that Streamlit knows them by."""
    return {
        name: urlsplit(str(section["server_metadata_url"])).hostname or "your account"
        if name == "default"
        else name.capitalize()
        for name, section in _sections(_auth()).items()
        if section.get("client_id")
    }


def _sections(auth: Mapping[str, object]) -> dict[str, Mapping[str, object]]:
    """``[auth]`` itself, and ``[auth.<name>]`` for each of several providers."""
    named = {name: value for name, value in auth.items() if isinstance(value, Mapping)}
    named.pop("client_kwargs", None)
    return {"default": auth, **named}


def _auth() -> Mapping[str, object]:
    try:
        found = st.secrets.get("auth")
    except StreamlitSecretNotFoundError:
        return {}
    return found if isinstance(found, Mapping) else {}
