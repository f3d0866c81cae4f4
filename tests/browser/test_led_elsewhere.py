"""Between the click that leads to another page and the moment in which the browser is there."""

from __future__ import annotations

import json
import urllib.request

from playwright.sync_api import BrowserContext, WebSocketRoute, expect
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg

from store.database import Database
from store.users import LOCAL_USER
from tests.browser.chat_tab import ChatTab
from tests.processes import Server
from tests.store.samples import exchange, make
from tests.waiting import until


class Slow:
    """A connection that can keep back what the server says."""

    def __init__(self) -> None:
        self.asked: list[bytes] = []
        self.kept: list[ForwardMsg] = []
        self.keeps = False
        self._here: WebSocketRoute | None = None

    def connect(self, here: WebSocketRoute) -> None:
        """For ``route_web_socket``."""
        self._here, server = here, here.connect_to_server()

        def ask(said: str | bytes) -> None:
            assert isinstance(said, bytes)
            self.asked.append(said)
            server.send(said)

        def answer(said: str | bytes) -> None:
            assert isinstance(said, bytes)
            if self.keeps:
                self.kept.append(ForwardMsg.FromString(said))
            else:
                here.send(said)

        here.on_message(ask)
        server.on_message(answer)

    def has(self, event: str) -> bool:
        """Whether the page asked for this."""
        return any(f'"event":"{event}"'.encode() in said for said in self.asked)

    def ended(self) -> int:
        """How many runs' ends are kept back."""
        return sum(one.WhichOneof("type") == "script_finished" for one in self.kept)

    def release(self) -> None:
        """Say all of it."""
        assert self._here
        self.keeps = False
        for one in self.kept:
            self._here.send(one.SerializeToString())


def test_what_the_page_asks_by_itself_does_not_lead_back(
    context: BrowserContext, server: Server, database: Database, model: object
) -> None:
    """As when a chat of the list changes right after Enter in the box above it."""
    with database.transaction() as db:
        place = make(db, LOCAL_USER, title="Branches")
        exchange(db, place, "First question", "A striped zebra")
    page, slow = context.new_page(), Slow()
    page.route_web_socket("**/_stcore/stream", slow.connect)
    chat = ChatTab(page, server.url)
    chat.open(place.session_id)
    box = chat.key("search-chats").get_by_role("searchbox")
    box.fill("zebra")
    expect(chat.key("search-messages")).to_be_visible()
    slow.asked.clear()
    slow.keeps = True
    box.press("Enter")
    until(lambda: page.evaluate("1") and slow.has("search") and "Search in" in str(slow.kept))
    until(lambda: page.evaluate("1") and slow.ended())
    before = slow.ended()
    rename(server, place.session_id, "Zebras")
    until(lambda: page.evaluate("1") and slow.has("look") and slow.ended() > before)
    slow.release()
    hit = chat.key(f"hit-{place.session_id}-2").get_by_role("button")
    expect(hit.locator("strong")).to_have_text("zebra")
    expect(page).to_have_url(f"{chat.url}/search?q=zebra")


def rename(server: Server, session_id: str, title: str) -> None:
    url = f"{server.url}/api/users/me/sessions/{session_id}"
    headers = {"X-Requested-With": "test", "Content-Type": "application/json"}
    asked = urllib.request.Request(
        url, json.dumps({"title": title}).encode(), headers, method="PATCH"
    )
    urllib.request.urlopen(asked).close()
