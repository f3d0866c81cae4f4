"""An open tab without a browser: speaks Streamlit's protocol as the page in a browser does."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from typing import Any

from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets.asyncio.client import ClientConnection, connect
from websockets.typing import Subprotocol

from tests import said
from tests.bench.tab_api import Api

OPEN_SECONDS = 60
READ = {"composer", "sessions"}
PROTOCOLS = [Subprotocol("streamlit"), Subprotocol("bench")]


class Tab:
    """On one address; ``seen`` is called with each Markdown text that is drawn.

    It sends through the API as the page's composer does; where there is Streamlit's chat input
    instead, as in earlier checkouts, through that. ``alone``: all other chats are other people's,
    whose news are never heard of.
    """

    def __init__(
        self, url: str, query: str, seen: Callable[[str], None], *, alone: bool = False
    ) -> None:
        self._address = url.replace("http", "ws", 1) + "/_stcore/stream"
        self._query = query
        self._seen, self._alone = seen, alone
        self._socket: ClientConnection | None = None
        self._chat_input = ""
        self._scripts = ""
        self._parts: dict[str, dict[str, Any]] = {}
        self._api = Api(url, self._changed)
        self._sent = 0
        self._timers: dict[str, asyncio.Task[None]] = {}
        self.idle = asyncio.Event()
        self.runs = 0

    async def follow(self) -> None:
        """Connect, ask for the first run, and do as the server says until cancelled."""
        async with connect(self._address, subprotocols=PROTOCOLS, max_size=None) as self._socket:
            await self._rerun()
            try:
                async for data in self._socket:
                    assert isinstance(data, bytes)
                    await self._take(ForwardMsg.FromString(data))
            finally:
                self._clear_timers()
                await self._api.close()

    async def send(self, text: str) -> None:
        """What Enter in the composer does."""
        if self._chat_input:
            message = BackMsg()
            state = message.rerun_script.widget_states.widgets.add()
            state.id = self._chat_input
            state.chat_input_value.data = text
            await self._rerun(message)
            return
        session = self._parts["composer"]["session"]["id"]
        await self._api.send(session, text)
        self._sent += 1
        await self._ask("sent", {"sent": self._sent, "session": session})

    async def _ask(self, name: str, about: object) -> None:
        """What the page's own parts do when they ask the script for something."""
        message = BackMsg()
        state = message.rerun_script.widget_states.widgets.add()
        state.id = f"$$STREAMLIT_INTERNAL_KEY_{self._scripts}__events"
        state.json_trigger_value = json.dumps([{"event": name, "value": about}])
        await self._rerun(message)

    async def _changed(self) -> None:
        """There are news: the page draws its list anew, and runs where its own chat is another."""
        shown, listed = self._parts["composer"], self._parts["sessions"]
        rows = await self._api.rows(max(len(listed["rows"]), listed["least"]))
        versions = {row["session_id"]: row["version"] for row in rows}
        if versions.get(shown["session"]["id"], shown["version"]) != shown["version"]:
            await self._ask("look", {})

    async def _rerun(self, message: BackMsg | None = None, fragment: str = "") -> None:
        assert self._socket
        message = message or BackMsg()
        message.rerun_script.query_string = self._query
        message.rerun_script.fragment_id = fragment
        message.rerun_script.is_auto_rerun = bool(fragment)
        self.idle.clear()
        await self._socket.send(message.SerializeToString())

    async def _take(self, message: Any) -> None:
        kind = message.WhichOneof("type")
        if kind == "delta" and message.delta.WhichOneof("type") == "new_element":
            self._draw(message.delta.new_element)
        elif kind == "new_session" and not message.metadata.run.fragment_ids:
            self._clear_timers()
        elif kind == "auto_rerun":
            await self._set_timer(message.auto_rerun.fragment_id, message.auto_rerun.interval)
        elif kind == "stop_auto_rerun":
            for name in message.stop_auto_rerun.fragment_ids:
                if timer := self._timers.pop(name, None):
                    timer.cancel()
        elif kind == "script_finished":
            self.runs += 1
            self.idle.set()
            if self._scripts:
                own = self._parts["composer"]["session"]["id"]
                self._api.begin(self._parts["sessions"]["news"], own if self._alone else "")

    def _draw(self, element: Any) -> None:
        kind = element.WhichOneof("type")
        if kind == "markdown":
            self._seen(element.markdown.body)
        elif kind == "chat_input":
            self._chat_input = element.chat_input.id
        elif kind == "bidi_component":
            name = element.bidi_component.component_name.removeprefix("parley-")
            if name == "scripts":
                self._scripts = element.bidi_component.id
            elif name in READ:
                self._parts[name] = said.about(element.bidi_component.bytes)

    async def _set_timer(self, name: str, seconds: float) -> None:
        if name not in self._timers:
            self._timers[name] = asyncio.create_task(self._repeat(name, seconds))

    async def _repeat(self, name: str, seconds: float) -> None:
        while True:
            await asyncio.sleep(seconds)
            await self._rerun(fragment=name)

    def _clear_timers(self) -> None:
        for timer in self._timers.values():
            timer.cancel()
        self._timers.clear()
