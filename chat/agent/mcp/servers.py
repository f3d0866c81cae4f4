"""The MCP servers of the settings: their tools for personas, and how each of them is.

Importing this costs nothing; ``mcp`` is imported beside everything else when there is a server.
"""

import asyncio
import logging
from collections.abc import Sequence
from contextlib import suppress

from chat.agent.mcp.server import Server
from chat.agent.toolkit import Tool
from chat.config import Settings
from chat.mcp_settings import McpStatus

PREFIX = "mcp:"
FIRST_LOOK_SECONDS = 3.0
CLOSE_SECONDS = 4.0


class McpServers:
    """All of them.

    ``status``, ``tools`` and ``retry`` may be called from any thread; coroutines belong to a loop.
    """

    def __init__(self, settings: Settings) -> None:
        self._servers = {name: Server(name, server) for name, server in settings.mcp.items()}
        self._tasks: list[asyncio.Task[None]] = []
        self._loop: asyncio.AbstractEventLoop | None = None

    async def start(self) -> None:
        """Begin to connect to all; waits for none of them."""
        self._loop = asyncio.get_running_loop()
        # What it has to say is in our own words in `status`, without tracebacks.
        logging.getLogger("mcp").setLevel(logging.CRITICAL)
        for name, server in self._servers.items():
            self._tasks.append(asyncio.create_task(server.run(), name=f"parley-mcp-{name}"))

    async def aclose(self) -> None:
        """End all connections and commands; after five seconds at the latest."""
        for seconds in (CLOSE_SECONDS, 1.0):
            for task in self._tasks:
                task.cancel()
            if self._tasks:
                await asyncio.wait(self._tasks, timeout=seconds)
        self._loop = None

    def status(self) -> list[McpStatus]:
        """How each is now; never waits."""
        return [server.status for server in self._servers.values()]

    def retry(self, name: str) -> None:
        """Try a server that failed again, now."""
        if name in self._servers and (loop := self._loop):
            with suppress(RuntimeError):  # the loop has just been closed
                loop.call_soon_threadsafe(self._servers[name].retry)

    def tools(self, allowed: Sequence[str]) -> list[Tool]:
        """The tools of the servers that ``allowed`` names as ``mcp:<name>``, or of all, ``mcp:*``.

        One that is away keeps the tools it had; it is tried again now, and once more when a tool
        of it is called.
        """
        servers = self._allowed(allowed)
        for server in servers:
            if server.status.state == "failed":
                self.retry(server.status.name)
        return [tool for server in servers for tool in server.tools]

    async def settled(self, allowed: Sequence[str], *, seconds: float = FIRST_LOOK_SECONDS) -> None:
        """Wait, but not for long, while one of these is still connecting for the first time."""
        if not self._tasks:
            return
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                for server in self._allowed(allowed):
                    await server.settled()

    def _allowed(self, allowed: Sequence[str]) -> list[Server]:
        names = {one.removeprefix(PREFIX) for one in allowed if one[:4] == PREFIX}
        return [server for name, server in self._servers.items() if name in names or "*" in names]
