"""The login form of streamlit-authenticator, on Parley's own users, passwords and cookie.

The package as it comes reads all users and hashes at once, keeps a cookie that nothing can
revoke, counts no failures, cuts spaces off passwords, and draws hidden frames that run the page
again. So its models are replaced: the password is checked by `chat.people.accounts`, the cookie
made by `chat.people.identity` and written by `chat.ui.login.cookie`; what is left of it is the form
and its order of events. Imported only when the form is drawn.
"""

from __future__ import annotations

import secrets
from datetime import datetime
from typing import Any

import streamlit as st
from streamlit_authenticator import Authenticate  # type: ignore[import-untyped]
from streamlit_authenticator.controllers import (  # type: ignore[import-untyped]
    AuthenticationController,
    CookieController,
)
from streamlit_authenticator.models import (  # type: ignore[import-untyped]
    AuthenticationModel,
    CookieModel,
)

from chat.errors import InvalidInput
from chat.people.identity import LOGIN_COOKIE
from chat.ui import state
from chat.ui.login import cookie
from chat.ui.services import address, parts

_KEYS = ("name", "authentication_status", "username", "email", "roles", "logout")
"""What the package keeps in the tab; **Log out** has one of them as its key."""


class _Passwords(AuthenticationModel):  # type: ignore[misc]
    """Knows no users by itself; each check goes to the database, slowed down after failures."""

    def check_credentials(self, username: str, password: str) -> bool:
        fits = parts().accounts.check_password(
            username=username, password=password, address=address()
        )
        if fits:
            self.credentials["usernames"][username] = {}
        return fits


class _Controller(AuthenticationController):  # type: ignore[misc]
    """Hands the password on as it was typed, and says when it is wrong."""

    def __init__(self) -> None:
        super().__init__({"usernames": {}}, auto_hash=False, secret_key=secrets.token_hex())
        self.authentication_model = _Passwords({"usernames": {}}, auto_hash=False)

    def login(self, username: str = "", password: str = "", *_: Any, **__: Any) -> bool:
        if not self.authentication_model.login(username, password):
            raise InvalidInput("The username or the password is wrong.", "Check both, try again.")
        return True


class _Browser:
    """In place of the package's hidden frame."""

    def set(self, _name: str, value: str, expires_at: datetime) -> None:
        cookie.keep(value, expires_at.astimezone())


class _Cookies(CookieModel):  # type: ignore[misc]
    def __init__(self, days: float) -> None:
        self.cookie_name, self.cookie_expiry_days = LOGIN_COOKIE, days
        self.cookie_manager = _Browser()

    def get_cookie(self) -> None:
        """Nobody: whoever has a good cookie is not asked to log in."""

    def _token_encode(self) -> str:
        return cookie.log_in(st.session_state["username"])


class _CookieController(CookieController):  # type: ignore[misc]
    def __init__(self, days: float) -> None:
        self.cookie_model = _Cookies(days)


class Login(Authenticate):  # type: ignore[misc]
    """``login()`` draws the form; raises `ParleyError` and `StoreError` when it is refused."""

    def __init__(self) -> None:
        self.path = None
        self.attrs = {"login_sleep_time": 0}
        self.cookie_controller = _CookieController(parts().settings.login_days)
        self.authentication_controller = _Controller()

    def login(self) -> None:
        """Draw the form; whoever sent it rightly is logged in."""
        state.drop(*_KEYS)
        try:
            super().login()
        finally:
            state.drop(*_KEYS)
