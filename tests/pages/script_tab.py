"""One tab on Parley without a browser: the list, the chat and the login."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

from streamlit.testing.v1.element_tree import Block

from tests.pages.page_tab import PageTab
from tests.pages.reading import name_of, written
from tests.waiting import until

SCRIPTED = "This is a scripted answer."


class ScriptTab(PageTab):
    """A tab; ``questions`` and ``answers`` are the messages on the page, oldest first."""

    def act_on(self, session_id: str, option: str) -> None:
        """Choose from a session's menu in the list."""
        title = self.row(session_id)["title"] or "New chat"
        self.asks_for("act", session=session_id, title=title, action=option)

    def act(self, message: Block, option: str) -> None:
        """Choose from a message's menu."""
        [menu] = message.menu_button
        self.choose(str(menu.key), option)

    def sees_only_the_login(self, field: str = "Password") -> None:
        """Nothing of anybody is there, only the login."""
        assert self.field(field)
        assert not self.app.sidebar.children
        assert not self.messages
        assert self.app.part("composer") is None
        assert not self.rows
        assert "Parley" in self.text.splitlines()

    def sees_only_the_login_soon(self) -> None:
        """The same, once a timer of the page has noticed."""
        until(self._logged_out)
        self.sees_only_the_login()

    def _logged_out(self) -> bool:
        self.tick()
        return not self.app.sidebar.children

    def search(self, text: str) -> None:
        """Type into the search above the list."""
        self.use(self.app.text_input(key="search-chats").set_value(text))

    def model(self) -> str:
        """The chat's model, on the button that opens its settings."""
        return name_of(self.key("chat-settings").proto.popover.label)

    def open_settings(self) -> None:
        """A click on that button: what is in it is drawn only then."""
        self.app.session_state["chat-settings"] = True
        self.run()

    @property
    def rows(self) -> list[dict[str, Any]]:
        """What the list has, in order."""
        listed = self.app.part("sessions")
        return listed["rows"] if listed else []

    def row(self, session_id: str) -> dict[str, Any]:
        """What the list has of a session."""
        [found] = (row for row in self.rows if row["session_id"] == session_id)
        return found

    def titles(self) -> list[str]:
        """The titles in the list, in order."""
        return [row["title"] or "New chat" for row in self.rows]

    def open(self, session_id: str) -> None:
        """Click on a session in the list."""
        self.go_to(session_id, is_new=False)

    def go_to(self, session_id: str, *, is_new: bool) -> None:
        """As the browser does at a click on a chat, or on New chat."""
        self.asks_for("open", turn=self.known.turn + 1, session=session_id, new=is_new)

    def new_chat(self) -> None:
        """Click New chat."""
        self.go_to(uuid4().hex, is_new=True)

    @property
    def is_answering(self) -> bool:
        """Whether the composer offers to stop."""
        composer = self.app.part("composer")
        return bool(composer and composer["answering"])

    @property
    def messages(self) -> list[Block]:
        return list(self.app.chat_message)

    @property
    def questions(self) -> list[Block]:
        return [one for one in self.messages if one.name == "user"]

    @property
    def answers(self) -> list[Block]:
        return [one for one in self.messages if one.name == "assistant"]

    def send(self, text: str, *, again: bool = False) -> None:
        """Send a message as a browser does that does not reach the API.

        ``again``: it does not know what became of an earlier try.
        """
        composer, once = self.app.part("composer"), uuid4().hex
        session = composer["session"]
        new = composer["new"] if session["new"] else None
        said = {"key": once, "content": text, "session": session["id"], "new": new, "again": again}
        self.asks_for("post", **said)
        after = self.app.part("composer")
        self.fate = after["fates"].get(once, {}) if after else {}
        if "stored" in self.fate:
            self.asks_for("sent", sent=self.known.sent + 1, session=session["id"])

    def reads(self, text: str, *, at: int = -1) -> None:
        """An answer, the last one unless told, has exactly this text; white space is one."""
        texts = [" ".join(one.value.split()) for one in self.answers[at].markdown]
        assert text in texts, texts

    def ended(self) -> None:
        """Let the page draw on until nothing is being answered."""

        def over() -> bool:
            if not self.is_answering and not self.keys("live-"):
                return True
            self.tick()
            return False

        until(over)

    def live(self, text: str) -> None:
        """Wait until this is written where an answer is being written, which goes on."""

        def there() -> bool:
            if any(text in written(self.key(key)) for key in self.keys("live-")):
                return True
            self.run()
            return False

        until(there)

    def ask(self, text: str, answer: str = SCRIPTED) -> None:
        """Send, and wait for the whole answer."""
        before = len(self.answers)
        self.send(text)
        self.ended()
        assert len(self.answers) == before + 1
        self.reads(answer)
