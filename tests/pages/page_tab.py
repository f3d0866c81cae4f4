"""A page without a browser; controls are found by key and by name."""

from __future__ import annotations

from html import unescape
from pathlib import Path
from typing import Any

from streamlit.testing.v1.element_tree import AlertBase, Block, Widget

from chat.ui import state
from tests.pages.fragments import FragmentTest
from tests.pages.reading import name_of, written
from tests.store.samples import PASSWORD

SCRIPT = Path(__file__).parents[2] / "pages" / "main.py"


class PageTab:
    """A tab on any of the pages."""

    def __init__(self, session_id: str = "", *, login: str = "", **address: str) -> None:
        self.app = FragmentTest(SCRIPT)
        self.app.query_params.update(address)
        if session_id:
            self.app.query_params["session"] = session_id
        if login:
            self.app.session_state["parley"] = state.Tab(login=login)
        self.run()

    @property
    def asks(self) -> str:
        """What is written in the dialog that is open."""
        assert self.dialog, "no dialog is open"
        return written(self.dialog)

    def run(self) -> None:
        """The whole script once more, as after a change elsewhere; an open dialog is closed."""
        self.app.run()
        self.checked()

    def reload(self) -> None:
        """The page anew, as in a browser that has the address and the cookie."""
        kept = self.known
        self.__init__(self.session_id, login=kept.login)  # type: ignore[misc]

    def tick(self) -> None:
        """What the timers of the page ask for, and what it does when there are news."""
        self.app.tick()
        if self.app.part("sessions"):
            self.app.ask("look", {})
        self.checked()

    def later(self) -> None:
        """Time passes: who is there is looked up again, which is not done at each step."""
        self.known.looked_up = None

    def checked(self) -> None:
        """No run may end with an error that nobody foresaw."""
        assert not self.app.exception, self.app.exception

    def go(self, page: str) -> None:
        """Another page: ``settings``, ``manage``, ``admin``."""
        self.app.switch_page(f"{page}_page.py")
        self.run()

    @property
    def known(self) -> state.Tab:
        """What the tab remembers."""
        known: state.Tab = self.app.session_state["parley"]
        return known

    @property
    def session_id(self) -> str:
        """The session in the address, if any."""
        return str(self.app.query_params.get("session", ""))

    @property
    def place(self) -> Block:
        """Where one looks: the dialog that is open, else the page."""
        return self.dialog or self.app.main

    @property
    def dialog(self) -> Block | None:
        """The dialog, if one is open."""
        return next((b for b in self.app._tree if b.type == "dialog"), None)

    @property
    def text(self) -> str:
        """All that is written on the page, its sidebar and its bottom line."""
        return written(self.app._tree)

    @property
    def sidebar(self) -> str:
        """What is written in the sidebar."""
        return written(self.app.sidebar)

    @property
    def errors(self) -> str:
        """What is said in coloured boxes, but what the offline model says of itself."""
        boxes = (node for node in self.app._tree if isinstance(node, AlertBase))
        return "\n".join(one for one in map(written, boxes) if "without a key" not in one)

    def key(self, key: str) -> Any:
        """An element or a container by its key."""
        return self.app._tree.get_by_key(key)

    def keys(self, beginning: str) -> list[str]:
        """The keys that begin so, in the order of the page."""
        found = (getattr(node, "key", None) or "" for node in self.app._tree)
        return [key for key in found if key.startswith(beginning)]

    def has(self, key: str) -> bool:
        """Whether there is something with this key."""
        return key in self.keys(key)

    def called(self, key: str) -> str:
        """The name of the control with this key."""
        return name_of(self.key(key).label)

    def button(self, name: str, within: Block | None = None) -> Any:
        """A button by its name."""
        buttons = (within or self.place).button
        found = [one for one in buttons if name_of(one.label) == name]
        assert len(found) == 1, [name_of(one.label) for one in buttons]
        return found[0]

    def buttons(self) -> list[str]:
        """The names of all buttons of the page."""
        return [name_of(one.label) for one in self.app._tree.button]

    def links(self) -> list[str]:
        """The names of the links to other pages."""
        return [name_of(one.label) for one in self.app._tree.get("page_link")]

    def press(self, name: str, within: Block | None = None) -> None:
        """Click a button of the dialog that is open, else of the page."""
        self.use(self.button(name, within).click())

    def click(self, key: str) -> None:
        """Click a button by its key."""
        self.use(self.app.button(key=key).click())

    def choose(self, key: str, option: str) -> None:
        """Choose from a menu."""
        menu = self.app.menu_button(key=key)
        assert option in menu.options
        self.use(menu.click(option))

    def field(self, label: str) -> Any:
        """What one types into, or chooses with, by its label."""
        place = self.place
        kinds = (place.text_input, place.text_area, place.selectbox, place.number_input)
        kinds += (place.slider, place.toggle, place.multiselect, place.button_group)
        kinds += (place.checkbox, place.file_uploader)
        found = [one for kind in kinds for one in kind if name_of(one.label) == label]
        assert len(found) == 1, [one.label for kind in kinds for one in kind]
        return found[0]

    def fill(self, label: str, value: Any) -> None:
        """Type into a field; what is in a form is sent with the form's button."""
        field = self.field(label).set_value(value)
        if not field.form_id:
            self.use(field)

    def options(self, label: str) -> list[str]:
        """What there is to choose from in a list."""
        return [name_of(one) for one in self.field(label).options]

    def pick(self, label: str, option: str) -> None:
        """Choose from a list what is called so."""
        field = self.field(label)
        field.select_index(self.options(label).index(option))
        if not field.form_id:
            self.use(field)

    def log_in(self, username: str, password: str = PASSWORD) -> None:
        """Fill in the login and send it."""
        self.fill("Username", username)
        self.fill("Password", password)
        self.press("Login")

    def tables(self) -> str:
        """The cells of all tables of the dialog that is open, else of the page."""
        return "\n".join(
            unescape(str(cell))
            for table in self.place.table
            for cell in table.value.to_numpy().ravel()
        )

    def asks_for(self, name: str, **about: object) -> None:
        """As when one of the page's own parts asks the script for something."""
        self.app.ask(name, about)
        self.checked()

    def use(self, control: Widget) -> None:
        """Run after this control was changed."""
        self.app.run_for(control)
        self.checked()
