"""The wall: what is drawn for nobody, and that no click acts for somebody else."""

from __future__ import annotations

import itertools
from datetime import timedelta

import pytest
from streamlit.testing.v1 import AppTest

from chat.config import Settings
from chat.people.identity import Identity
from chat.runtime import Runtime
from chat.ui import services
from chat.ui.state import NOBODY, Tab, Undo
from store import sessions, users
from store.database import Database
from store.errors import StorageUnavailable
from store.types import utc_now
from store.values import User
from tests.logins import cookie_of
from tests.pages.conftest import OpenPage
from tests.pages.fragments import FragmentTest
from tests.pages.page_tab import SCRIPT
from tests.store.samples import PASSWORD, add_user, make, titles_of

PAGES = sorted(path.name for path in SCRIPT.parent.glob("*_page.py"))
"""Also that of shared chats, where there is a login."""


@pytest.fixture(scope="module")
def settings(walled: Settings) -> Settings:
    return walled


def add(parts: Runtime, username: str, *, role: str = "user") -> User:
    return add_user(parts.database, username, f"Chat of {username}", role=role)


def log_in(app: FragmentTest, username: str, password: str = PASSWORD) -> FragmentTest:
    app.text_input[0].set_value(username)
    app.text_input[1].set_value(password)
    app.button[0].click().run()
    return app


def listed(app: FragmentTest) -> list[str]:
    """The titles in the list."""
    return [row["title"] for row in app.part("sessions")["rows"]]


def message(app: FragmentTest, text: str) -> dict[str, object]:
    """A message from the composer, for a host that passes on no API."""
    session = app.part("composer")["session"]["id"]
    return {"key": "once", "content": text, "session": session, "new": {}}


def labels(app: AppTest) -> list[str]:
    return [button.label for button in app.button]


def titles(parts: Runtime, user: User) -> list[str]:
    return titles_of(parts.database, user.id)


@pytest.mark.parametrize("page", ["", *PAGES])
def test_nobody_sees_only_the_login(opened: OpenPage, parts: Runtime, page: str) -> None:
    add(parts, "ann")
    app = opened(page=page)
    assert not app.exception
    assert not app.sidebar.children
    assert [field.label for field in app.text_input] == ["Username", "Password"]
    assert labels(app) == ["Login", "Forgot password?"]


@pytest.mark.parametrize("page", PAGES)
def test_each_page_has_its_own_guard(parts: Runtime, page: str) -> None:
    add(parts, "ann")
    app = AppTest.from_file(str(SCRIPT.with_name(page)), default_timeout=20).run()
    assert not app.exception
    assert labels(app) == ["Login", "Forgot password?"]


def test_the_login_is_one_run(opened: OpenPage, parts: Runtime) -> None:
    add(parts, "ann")
    app = log_in(opened(), "ann")
    assert not app.exception
    assert "Login" not in labels(app)
    assert listed(app) == ["Chat of ann"]
    assert app.part("composer")


@pytest.mark.parametrize("password", ["", "wrong", f" {PASSWORD}", f"{PASSWORD} "])
def test_only_the_very_password_fits(opened: OpenPage, parts: Runtime, password: str) -> None:
    add(parts, "ann")
    app = log_in(opened(), "ann", password)
    assert [error.value.split(".")[0] for error in app.error] == [
        "The username or the password is wrong&#46; Check both&#44; try again&#46;"
    ]
    assert not app.sidebar.children


def test_who_is_disabled_is_forgotten(opened: OpenPage, parts: Runtime) -> None:
    user = add(parts, "ann")
    add(parts, "root", role="admin")
    app = log_in(opened(), "ann")
    late = message(app, "Too late")
    with parts.database.transaction() as db:
        users.set_disabled(db, user_id=user.id, disabled=True)
    app.session_state["parley"].looked_up = None
    app.ask("post", late)
    assert not app.exception
    assert labels(app) == ["Login", "Forgot password?"]
    known: Tab = app.session_state["parley"]
    assert (known.owner, known.session_id, known.login) == ("", None, NOBODY)
    assert titles(parts, user) == ["Chat of ann"]


def test_a_tab_whose_browser_changed_hands(opened: OpenPage, parts: Runtime) -> None:
    """As after a reconnection with the cookie of somebody else."""
    ann, bob = add(parts, "ann"), add(parts, "bob")
    app = log_in(opened(), "ann")
    known: Tab = app.session_state["parley"]
    known.login, known.looked_up = cookie_of(parts.identities, "bob"), None
    app.ask("post", message(app, "For whom?"))
    assert not app.exception
    assert titles(parts, ann) == ["Chat of ann"]
    assert titles(parts, bob) == ["Chat of bob"]
    assert app.part("sessions") is None


def test_nobody_is_logged_out_by_an_outage(
    opened: OpenPage, parts: Runtime, monkeypatch: pytest.MonkeyPatch
) -> None:
    add(parts, "ann")
    app = log_in(opened(), "ann")

    def unavailable(_: Database, **_how: bool) -> None:
        raise StorageUnavailable("The database is not available.", "Try again.")

    with monkeypatch.context() as patch:
        patch.setattr(Database, "reading", unavailable)
        patch.setattr(Database, "transaction", unavailable)
        app.session_state["parley"].looked_up = None
        app.run()
        assert not app.exception
        assert "Login" not in labels(app)
        assert any("not available" in error.value for error in app.error)
    app.run()
    assert listed(app) == ["Chat of ann"]


def test_a_click_after_a_while_does_not_wait_for_itself(opened: OpenPage, parts: Runtime) -> None:
    """Who is there is looked up at each click, and noted once a minute, which is a transaction."""
    user = add(parts, "ann")
    app = log_in(opened(), "ann")
    with parts.database.transaction() as db:
        place = make(db, user.id, title="Archived")
        sessions.change(db, place, archived=True)
    known: Tab = app.session_state["parley"]
    known.undo = Undo("archive", "Archived.", (place.session_id,))
    app.run()
    with parts.database.transaction() as db:
        users.seen(db, user_id=user.id, now=utc_now() - timedelta(minutes=2))
    known.looked_up = None
    app.button(key="undo").click().run()
    assert not app.error
    assert "Archived" in titles(parts, user)


def test_registration_is_closed(opened: OpenPage, parts: Runtime) -> None:
    add(parts, "ann")
    app = AppTest.from_file(str(SCRIPT), default_timeout=20)
    app.query_params["invite"] = "whatever"
    app.run()
    app.text_input[1].set_value("new")
    app.text_input[2].set_value(PASSWORD)
    app.button[0].click().run()
    assert any("Registration is closed" in error.value for error in app.error)


@pytest.mark.parametrize("page", PAGES)
def test_a_login_that_ends_while_a_page_is_drawn(
    opened: OpenPage, parts: Runtime, monkeypatch: pytest.MonkeyPatch, page: str
) -> None:
    """At whichever moment: on a busy machine drawing takes longer than a look-up is believed."""
    add(parts, "root", role="admin")
    app = log_in(opened(page=page), "root")
    login = app.session_state["parley"].login
    real, left = parts.identities.by_cookies, 0

    def ends(cookies: dict[str, str]) -> Identity | None:
        nonlocal left
        left -= 1
        return real(cookies) if left >= 0 else None

    monkeypatch.setattr(services, "monotonic", itertools.count(1.0).__next__)
    monkeypatch.setattr(type(parts.identities), "by_cookies", lambda _, cookies: ends(cookies))
    owner = app.session_state["parley"].owner
    for looks in range(1, 25):
        left = looks
        app.session_state["parley"] = Tab(login=login, owner=owner)
        app.run()
        assert not app.exception
        assert not [error.value for error in app.error]
        has_ended = left < 0
        app.run()
        assert not has_ended or labels(app) == ["Login", "Forgot password?"]
