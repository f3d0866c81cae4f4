"""Reads a page without a browser: what the server sends to a tab that opens an address."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import urlencode

from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets.asyncio.client import connect
from websockets.exceptions import InvalidStatus
from websockets.typing import Subprotocol

READ_SECONDS = 30
PROTOCOLS = [Subprotocol("streamlit"), Subprotocol("test")]


@dataclass
class PageRead:
    """``raw`` is every byte that came until the first run ended; ``elements`` their kinds.

    ``places`` is where in the page an element of each kind was last, as Streamlit counts. The
    page's own parts are kinds of their own: ``parley-composer``.

    ``refused`` is the status with which the connection was refused, else 0.
    """

    raw: bytes = b""
    elements: list[str] = field(default_factory=list)
    places: dict[str, tuple[int, ...]] = field(default_factory=dict)
    refused: int = 0

    def has(self, text: str) -> bool:
        """Whether this text was sent at all."""
        return text.encode() in self.raw


def read_page(
    url: str,
    page: str = "",
    cookies: Mapping[str, str] | None = None,
    *,
    session: str = "",
    token: str = "",
) -> PageRead:
    """Open ``page`` (the path of its address) with these cookies, on a session or a link to one."""
    headers = {}
    if cookies:
        headers["Cookie"] = "; ".join(f"{name}={value}" for name, value in cookies.items())
    query = urlencode({k: v for k, v in (("session", session), ("token", token)) if v})
    return asyncio.run(_read(url, page, headers, query))


async def _read(url: str, page: str, headers: Mapping[str, str], query: str) -> PageRead:
    read = PageRead()
    address = url.replace("http", "ws", 1) + "/_stcore/stream"
    try:
        async with (
            asyncio.timeout(READ_SECONDS),
            connect(
                address, subprotocols=PROTOCOLS, additional_headers=headers, max_size=None
            ) as socket,
        ):
            message = BackMsg()
            message.rerun_script.page_name = page
            message.rerun_script.query_string = query
            await socket.send(message.SerializeToString())
            async for data in socket:
                assert isinstance(data, bytes)
                read.raw += data
                if _take(read, ForwardMsg.FromString(data)):
                    break
    except InvalidStatus as refusal:
        read.refused = refusal.response.status_code
    return read


def _take(read: PageRead, message: ForwardMsg) -> bool:
    """Whether the run is over."""
    kind = message.WhichOneof("type")
    if kind == "delta" and message.delta.WhichOneof("type") == "new_element":
        drawn = message.delta.new_element
        element = drawn.bidi_component.component_name or str(drawn.WhichOneof("type"))
        read.elements.append(element)
        read.places[element] = tuple(message.metadata.delta_path)
    return kind == "script_finished"
