"""An open tab without a browser: speaks Streamlit's protocol as the page in a browser does."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets.asyncio.client import ClientConnection, connect
from websockets.typing import Subprotocol

OPEN_SECONDS = 60
PROTOCOLS = [Subprotocol("streamlit"), Subprotocol("bench")]


class Tab:
    """On one address; ``seen`` is called with each Markdown text that is drawn."""

    def __init__(self, url: str, query: str, seen: Callable[[str], None]) -> None:
        self._address = url.replace("http", "ws", 1) + "/_stcore/stream"
        self._query = query
        self._seen = seen
        self._socket: ClientConnection | None = None
        self._composer = ""
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

    async def send(self, text: str) -> None:
        """What Enter in the composer does."""
        message = BackMsg()
        state = message.rerun_script.widget_states.widgets.add()
        state.id = self._composer
        state.chat_input_value.data = text
        await self._rerun(message)

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
            element = message.delta.new_element
            if element.WhichOneof("type") == "markdown":
                self._seen(element.markdown.body)
            elif element.WhichOneof("type") == "chat_input":
                self._composer = element.chat_input.id
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
