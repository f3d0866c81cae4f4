"""The forms of the login page: set up, log in, register, reset, and what to do without these.

Only the login is streamlit-authenticator's own. Its register form insists on first name, last
name and e-mail, its reset needs somebody who is logged in, and both cut spaces off passwords.
"""

from collections.abc import Callable

import streamlit as st

from chat.errors import InvalidInput
from chat.people.hashing import PASSWORD_MIN
from chat.ui import state
from chat.ui.controls import button
from chat.ui.failures import explained
from chat.ui.labels import plain
from chat.ui.login import cookie
from chat.ui.services import address, browser, parts
from store import sessions
from store.users import LOCAL_USER

INVITE, RESET = "invite", "reset"


def draw() -> None:
    """The form that fits: whoever comes through it is logged in afterwards."""
    if parts().accounts.needs_setup():
        _set_up()
        return
    _FORMS[state.tab().form or _wanted()]()


def _wanted() -> str:
    """The form that the address asks for; links from administrators do."""
    if st.query_params.get(RESET):
        return "reset"
    return "register" if st.query_params.get(INVITE) else "login"


def _set_up() -> None:
    with st.form("set-up"):
        code = setup_code()
        username, password = _name_and_password()
        hand_over = takes_over()
        sent = st.form_submit_button("Set up", type="primary")
    if sent:
        with explained():
            user = parts().accounts.set_up(
                code=code,
                username=username,
                password=password,
                address=address(),
                hand_over=hand_over,
            )
            cookie.log_in(user)


def setup_code() -> str:
    """The box for it, and where to find it."""
    st.subheader(f"Set up {plain(parts().settings.name)}", anchor=False)
    st.caption(
        "Make the first administrator. The setup code is in the server's log (what it "
        "prints in the terminal), after “Setup code:”. Each start writes a new one."
    )
    return st.text_input("Setup code", key="setup-code", autocomplete="off")


def takes_over() -> bool:
    """Whether the first administrator wants the local user's chats, if there are any."""
    with parts().database.reading() as db:
        totals = sessions.totals(db, user_id=LOCAL_USER)
    label = "Take over the chats of the local user"
    chats = totals.sessions + totals.trashed
    return bool(chats) and st.checkbox(label, value=True, key="hand-over")


def _log_in() -> None:
    from chat.ui.internals.login_form import LoginForm

    with explained():
        LoginForm(_check).login()
    with st.container(horizontal=True):
        if parts().settings.registration != "closed":
            _link("Register", "register")
        _link("Forgot password?", "forgot")


def _check(username: str, password: str) -> None:
    check = parts().accounts.check_password
    found = username and check(
        username=username, password=password, address=address(), browser=browser()
    )
    if not found:
        raise InvalidInput("The username or the password is wrong.", "Check both, try again.")
    cookie.log_in(found)


def _register() -> None:
    invited = parts().settings.registration == "invite"
    with st.form("register"):
        st.subheader("Register", anchor=False)
        if parts().settings.registration == "closed":
            st.caption("Registration is closed here; ask an administrator for an account.")
        code = st.text_input(
            "Invitation code" if invited else "Invitation code (if you have one)",
            value=st.query_params.get(INVITE, ""),
            autocomplete="off",
        )
        username, password = _name_and_password()
        sent = st.form_submit_button("Register", type="primary")
    if sent:
        with explained():
            user = parts().accounts.register(
                username=username, password=password, address=address(), code=code.strip()
            )
            st.query_params.pop(INVITE, None)
            cookie.log_in(user)
    _link("Back to login", "login")


def _reset() -> None:
    with st.form("reset"):
        st.subheader("Set a new password", anchor=False)
        password = new_password("New password")
        sent = st.form_submit_button("Set password", type="primary")
    if sent:
        with explained():
            code = st.query_params.get(RESET, "")
            user = parts().accounts.reset_password(code=code, password=password, address=address())
            st.query_params.pop(RESET, None)
            cookie.log_in(user)
    _link("Back to login", "login")


def _forgot() -> None:
    st.subheader("Forgot password?", anchor=False)
    st.info(
        "Ask an administrator for a reset link: it lets you set a new password. "
        "Your chats stay as they are.",
        icon=":material/key:",
    )
    _link("Back to login", "login")


def _name_and_password() -> tuple[str, str]:
    username = st.text_input("Username", autocomplete="username")
    return username, new_password("Password")


def new_password(label: str, key: str | None = None) -> str:
    """A box for a password that somebody chooses."""
    return st.text_input(
        label,
        key=key,
        type="password",
        autocomplete="new-password",
        placeholder=f"At least {PASSWORD_MIN} characters",
    )


def _link(label: str, form: str) -> None:
    button(label, f"form-{form}", _show, form, quiet=True)


def _show(form: str) -> None:
    state.tab().form = form


_FORMS: dict[str, Callable[[], None]] = {
    "login": _log_in,
    "register": _register,
    "reset": _reset,
    "forgot": _forgot,
}
