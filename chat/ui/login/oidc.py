"""Logins by a provider, with Streamlit's own login and ``[auth]`` in its secrets.

Streamlit checks the provider's ID token once and keeps its claims in a cookie that it signs;
`chat.people.identity` decides at each use whether that login still holds.
"""

from collections.abc import Mapping
from urllib.parse import urlsplit

import streamlit as st
from streamlit.errors import StreamlitSecretNotFoundError

from chat.errors import ConfigurationError
from chat.people.identity import Identities
from chat.ui.labels import plain
from chat.ui.services import subject

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
    st.title("Parley", anchor=False)
    if who := subject(dict(st.user.to_dict())):
        if identities.is_disabled(who):
            st.error("Your account is disabled. Ask an administrator.", icon=":material/block:")
        else:
            st.info("Your login has ended. Log in again.", icon=":material/logout:")
    for name, label in _providers().items():
        st.button(
            f"Log in with {plain(label)}", key=f"login-{name}", on_click=st.login, args=(name,)
        )


def log_out() -> None:
    """Have the browser drop Streamlit's cookie, and the provider end its login if it can.

    The login itself is ended by `Identities.log_out`.
    """
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
