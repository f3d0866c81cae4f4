"""Nagle's algorithm is off on what Streamlit's server accepts."""

from __future__ import annotations

import asyncio
import socket

import pytest
from streamlit.web.server.starlette.starlette_server import _bind_socket

from chat.ui.internals.sockets import send_at_once


class Accepted(asyncio.Protocol):
    """Notes the option of the first connection."""

    def __init__(self, found: asyncio.Future[int]) -> None:
        self.found = found

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        accepted = transport.get_extra_info("socket")
        self.found.set_result(accepted.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY))
        transport.close()


@pytest.mark.parametrize("asked", [True, False])
def test_small_packets_leave_at_once(asked: bool) -> None:
    async def option() -> int:
        if asked:
            send_at_once()
        loop = asyncio.get_running_loop()
        found: asyncio.Future[int] = loop.create_future()
        # As Streamlit makes it: without the protocol's number.
        with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as listening:
            listening.bind(("127.0.0.1", 0))
            server = await loop.create_server(lambda: Accepted(found), sock=listening)
            async with server:
                address = listening.getsockname()
                _, writer = await asyncio.open_connection(*address)
                async with asyncio.timeout(20):
                    option = await found
                writer.close()
                await writer.wait_closed()
        return option

    assert bool(asyncio.run(option())) is asked


def test_streamlit_still_names_no_protocol() -> None:
    """When this fails, `chat.ui.internals.sockets` is not needed any more."""
    with _bind_socket("127.0.0.1", 0, 1) as listening:
        assert listening.proto != socket.IPPROTO_TCP
