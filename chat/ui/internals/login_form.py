"""The login form of streamlit-authenticator, and nothing else of it.

The package as it comes reads all users and hashes at once, keeps a cookie that nothing can
revoke, counts no failures, cuts spaces off passwords, and draws hidden frames that run the page
again. So what stands behind its form is replaced. Imported only when the form is drawn.
"""

from collections.abc import Callable

from streamlit_authenticator import Authenticate  # type: ignore[import-untyped]


class LoginForm(Authenticate):  # type: ignore[misc]
    """``login()`` draws it; ``log_in`` gets what was typed, and raises when that is wrong."""

    def __init__(self, log_in: Callable[[str, str], None]) -> None:
        self.path = None
        self.attrs = {"login_sleep_time": 0}
        self.cookie_controller = self.authentication_controller = _Behind(log_in)


class _Behind:
    """In place of both of its controllers."""

    def __init__(self, log_in: Callable[[str, str], None]) -> None:
        self._log_in = log_in

    def get_cookie(self) -> None:
        """Nobody: whoever has a good cookie is not asked to log in."""

    def set_cookie(self) -> None:
        """Nothing: ``log_in`` does it."""

    def login(self, username: str, password: str, *_: object, **__: object) -> bool:
        self._log_in(username, password)
        return True
