"""Small packets leave at once.

Streamlit makes its listening socket without naming TCP as the protocol, so asyncio does not
know that it may switch Nagle's algorithm off: each answer, and each event of a stream, would
wait up to 40 ms for the browser to acknowledge the one before.
"""

import asyncio
import socket
from collections.abc import Awaitable, Callable


def send_at_once() -> None:
    """For the sockets that a server is about to listen on; connections inherit it."""
    loop = asyncio.get_running_loop()
    create_server: Callable[..., Awaitable[asyncio.Server]] = loop.create_server

    async def create(
        *arguments: object, sock: socket.socket | None = None, **options: object
    ) -> asyncio.Server:
        if sock is not None and sock.family in (socket.AF_INET, socket.AF_INET6):
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return await create_server(*arguments, sock=sock, **options)

    loop.create_server = create  # type: ignore[method-assign]
