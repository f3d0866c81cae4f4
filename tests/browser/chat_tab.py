"""One browser tab on Parley, as a person uses it; controls are found by key and by name."""

from __future__ import annotations

import re
from collections.abc import Iterator

from playwright.sync_api import Locator, Page, expect

from tests.model_script import Gate, Script, Step, Text


def words(count: int, start: int = 0) -> str:
    """What a scripted answer of so many numbered words looks like."""
    return " ".join(f"w{number}" for number in range(start, count))


def gated(*counts: int) -> tuple[Script, list[Gate]]:
    """Numbered words in groups of these sizes; each group but the first waits for its gate."""
    steps: list[Step] = []
    gates: list[Gate] = []
    numbers = _counter()
    for place, count in enumerate(counts):
        if place:
            gates.append(Gate())
            steps.append(gates[-1])
        steps += [Text(f"w{next(numbers)} ") for _ in range(count)]
    return Script(steps), gates


def _counter() -> Iterator[int]:
    yield from range(1_000_000)


class ChatTab:
    """A tab; ``questions`` and ``answers`` are the messages on screen, oldest first; ``flying`` are
    those that are not stored yet, ``refusal`` why one came back."""

    def __init__(self, page: Page, url: str) -> None:
        self.page = page
        self.url = url
        self.composer = page.get_by_role("textbox", name="Message", exact=True)
        self.sidebar = page.get_by_test_id("stSidebar")
        self.messages = page.get_by_test_id("stChatMessage")
        self.questions = self.messages.filter(has=page.get_by_label("Chat message from user"))
        self.answers = self.messages.filter(has=page.get_by_label("Chat message from assistant"))
        self.flying = page.get_by_role("list", name="Messages on their way").get_by_role("listitem")
        self.refusal = page.locator(".composer .said")
        self.heading = page.get_by_role("main").locator("strong").first
        self.dialog = page.get_by_role("dialog")
        self.errors = page.get_by_test_id("stAlert")

    def open(self, session_id: str = "") -> None:
        """Load the page, on a session or on a new chat."""
        self.page.goto(f"{self.url}/?session={session_id}" if session_id else self.url)
        expect(self.composer).to_be_editable()

    @property
    def session_id(self) -> str:
        """The session in the address; waits until there is one."""
        expect(self.page).to_have_url(re.compile("session="))
        return self.page.url.partition("session=")[2]

    def key(self, key: str) -> Locator:
        """A control by its Streamlit key."""
        return self.page.locator(f".st-key-{key}")

    def keys(self, beginning: str) -> Locator:
        """Controls whose key begins so."""
        return self.page.locator(f"[class*=' st-key-{beginning}']")

    def click(self, key: str) -> None:
        """Click a button."""
        self.key(key).get_by_role("button").click()

    def choose(self, menu: Locator, option: str) -> None:
        """Open a menu and choose from it."""
        menu.get_by_role("button").click()
        self.page.get_by_role("menuitem", name=option, exact=True).click()

    def act(self, message: Locator, option: str) -> None:
        """Choose from a message's menu."""
        self.choose(message.locator("[class*=' st-key-message-actions-']"), option)

    def act_on(self, session_id: str, option: str) -> None:
        """Choose from a session's menu in the list."""
        self.choose(self.key(f"actions-{session_id}"), option)

    def row(self, session_id: str) -> Locator:
        """A session's row in the list."""
        return self.key(f"open-{session_id}")

    @property
    def rows(self) -> Locator:
        """All rows of the list."""
        return self.sidebar.get_by_role("option")

    def titled(self, session_id: str) -> Locator:
        """Its title there."""
        return self.row(session_id).locator(".title bdi")

    def titles(self) -> Locator:
        """All the titles in the list, in order."""
        return self.sidebar.locator("[class*=' st-key-open-'] .title bdi")

    def send(self, text: str) -> None:
        """Type and press Enter; waits until the composer is empty, which is when it was sent."""
        self.composer.fill(text)
        self.composer.press("Enter")
        expect(self.composer).to_have_value("")

    def body(self, message: Locator) -> Locator:
        """The parts of a message's text."""
        return message.locator(".stMarkdown")

    def reads(self, text: str, *, at: int = -1) -> None:
        """Wait until an answer, the last one unless told, has exactly this text."""
        expect(self.body(self.answers.nth(at)).first).to_have_text(text)

    def ended(self) -> None:
        """Wait until nothing is being answered and the page has come to rest."""
        expect(self.key("stop")).to_have_count(0)
        expect(self.keys("live-")).to_have_count(0)

    def ask(self, text: str, answer: str = "This is a scripted answer.") -> None:
        """Send, and wait for the whole answer."""
        before = self.answers.count()
        self.send(text)
        expect(self.answers).to_have_count(before + 1)
        self.reads(answer)
        self.ended()
