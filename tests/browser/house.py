"""Parley with passwords: a process, its users, and the people in front of it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from playwright.sync_api import BrowserContext, expect

from chat.config import Settings
from chat.people.identity import Identities
from store import users
from store.database import Database
from store.values import User
from tests.browser.chat_tab import ChatTab
from tests.logins import cookie_of
from tests.processes import SOON, Server
from tests.scripted_model import ScriptedModel
from tests.store.samples import PASSWORD, add_user, titles_of, write_chat

COOKIE = "parley_login"
NOT_FOUND = "Failed to load resource: the server responded with a status of 404 (Not Found)"


class Complaints(list[str]):
    """For ``console_errors``, without what Streamlit provokes on each page below the root.

    It looks for its server beside the page first.
    """

    def append(self, text: str) -> None:
        if text != NOT_FOUND:
            super().append(text)


class House:
    """The process with its database, which the tests open as well."""

    def __init__(self, server: Server, url: str) -> None:
        self.server = server
        self.url = url
        self.database = Database(url)

    def add(self, username: str, *titles: str, role: str = "user") -> User:
        """Somebody with the usual password, and a chat of each title."""
        return add_user(self.database, username, *titles, role=role)

    def write(self, user_id: str, title: str) -> str:
        """A chat with one exchange; its id."""
        return write_chat(self.database, user_id, title)

    def disable(self, user: User, *, disabled: bool = True) -> None:
        """Keep somebody out, as an administrator would in another process."""
        with self.database.transaction() as db:
            users.set_disabled(db, user_id=user.id, disabled=disabled)

    def titles(self, user: User) -> list[str]:
        """What somebody's chats are called."""
        return titles_of(self.database, user.id)

    def cookie(self, username: str, *, issued: datetime | None = None) -> str:
        """A login cookie that the server would give at that time; now unless told."""
        settings = Settings(auth="password", database_url=self.url)
        moment = issued or datetime.now(UTC)
        return cookie_of(Identities(settings, self.database, now=lambda: moment), username)

    def visit(self, context: BrowserContext, path: str = "") -> Visitor:
        """Another tab of that browser on that page."""
        visitor = Visitor(context.new_page(), self.server.url)
        visitor.go(path)
        return visitor

    def login(self, context: BrowserContext, username: str, path: str = "") -> Visitor:
        """A tab of somebody whose browser has the cookie already."""
        context.add_cookies(
            [{"name": COOKIE, "value": self.cookie(username), "url": self.server.url}]
        )
        return self.visit(context, path)


class Visitor(ChatTab):
    """A tab in which somebody may have to log in first."""

    def go(self, path: str = "") -> None:
        """Load a page of Parley."""
        self.page.goto(f"{self.url}/{path}")

    def log_in(self, username: str, password: str = PASSWORD) -> None:
        """Fill in the login and send it."""
        self.fill("Username", username)
        self.fill("Password", password)
        self.press("Login")

    def fill(self, label: str, text: str) -> None:
        """Type into a field."""
        self.page.get_by_label(label, exact=True).fill(text)

    def press(self, name: str) -> None:
        """Click a button of the page or of the dialog that is open."""
        self.page.get_by_role("button", name=name, exact=True).click()

    def sees_only_the_login(self, field: str = "Password") -> None:
        """Wait until nothing of anybody is there, and then for the login."""
        expect(self.key("new-chat")).to_have_count(0)
        expect(self.titles()).to_have_count(0)
        expect(self.messages).to_have_count(0)
        expect(self.composer).to_have_count(0)
        expect(self.page.get_by_label(field, exact=True)).to_be_visible()
        expect(self.page.get_by_role("heading", name="Parley", exact=True)).to_be_visible()
        expect(self.sidebar).to_have_count(0)

    def sees(self, *titles: str) -> None:
        """Wait until these are all the chats in the list."""
        expect(self.titles()).to_have_text(list(titles))

    def log_out(self) -> None:
        """Click the button for it."""
        self.click("logout")
        self.sees_only_the_login()


@contextmanager
def opened_house(
    folder: Path, model: ScriptedModel, environment: Mapping[str, str] | None = None
) -> Iterator[House]:
    """A house with nobody in it; at the end nothing went wrong that nobody foresaw."""
    settings = {
        **SOON,
        "PARLEY_AUTH": "password",
        "PARLEY_REGISTRATION": "invite",
        "OPENAI_BASE_URL": model.base_url,
        **(environment or {}),
    }
    with Server(folder, settings) as server:
        house = House(server, f"sqlite:///{folder / 'data' / 'parley.db'}")
        house.database.open()
        yield house
        house.database.close()
        assert "Traceback" not in server.log
