"""MCP servers for tests: as real processes, over stdio and over HTTP, and a loop to ask them in."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from collections.abc import Awaitable, Callable, Mapping, Set
from pathlib import Path
from types import TracebackType
from typing import Any, Self
from urllib.error import HTTPError, URLError
from urllib.request import urlopen

import psutil

from chat.agent.mcp.servers import McpServers
from chat.config import Settings
from chat.mcp_settings import McpStatus
from tests.processes import free_port
from tests.waiting import until

SCRIPT = str(Path(__file__).with_name("mcp_server.py"))
HERE = {"command": sys.executable, "args": [SCRIPT]}
TIME = {"command": sys.executable, "args": ["-m", "mcp_server_time", "--local-timezone", "UTC"]}
START_SECONDS = 30.0


def shell(script: str, **more: Any) -> dict[str, Any]:
    """A command that is no MCP server."""
    return {"command": "sh", "args": ["-c", script], **more}


def children() -> list[psutil.Process]:
    """All processes below this one."""
    return psutil.Process().children(recursive=True)


class Room:
    """The servers under test, in a running loop; ``others`` are processes from before."""

    def __init__(self, mcp: McpServers, others: Set[psutil.Process]) -> None:
        self.mcp = mcp
        self._others = others

    def children(self) -> list[psutil.Process]:
        """The processes of these servers, and those below them."""
        return [one for one in children() if one not in self._others]

    def status(self, name: str) -> McpStatus:
        """How one of them is."""
        return next(one for one in self.mcp.status() if one.name == name)

    async def until(self, condition: Callable[[], object]) -> None:
        """Wait for a state, not for a time."""
        async with asyncio.timeout(START_SECONDS):
            while not condition():  # noqa: ASYNC110 - threads and processes have no events for it
                await asyncio.sleep(0.01)

    async def becomes(self, name: str, state: str) -> McpStatus:
        """Wait until one is in that state."""
        await self.until(lambda: self.status(name).state == state)
        return self.status(name)

    async def call(self, tool: str, /, **arguments: Any) -> Any:
        """Ask a tool by its name for the model."""
        (found,) = [one for one in self.mcp.tools(["mcp:*"]) if one.name == tool]
        context: Any = None
        return await found.call(context, arguments)


def during(servers: Mapping[str, Any], do: Callable[[Room], Awaitable[None]]) -> None:
    """Run something with these servers in one loop; afterwards no process of theirs is left.

    Those have sessions of their own, unlike what a test starts.
    """
    before = set(children())

    async def run() -> None:
        mcp = McpServers(Settings.model_validate({"mcp": servers}))
        await mcp.start()
        try:
            await do(Room(mcp, before))
        finally:
            await mcp.aclose()
        assert {one.state for one in mcp.status()} <= {"stopped"}

    asyncio.run(run())
    left = {one for one in children() if os.getsid(one.pid) != os.getsid(0)} - before
    assert not left, [(one.cmdline(), one.status()) for one in left]


class HttpServer:
    """The test server at an address, which stays over restarts."""

    def __init__(self, *options: str) -> None:
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}/mcp"
        self._options = options
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.kill()

    def start(self) -> None:
        """Start it, and wait until it answers."""
        command = [sys.executable, SCRIPT, str(self.port), *self._options]
        self._process = subprocess.Popen(command)
        until(self._answers, START_SECONDS)

    def kill(self) -> None:
        """SIGKILL, as a crash would."""
        if self._process:
            self._process.kill()
            self._process.wait()
            self._process = None

    def _answers(self) -> bool:
        try:
            with urlopen(f"http://127.0.0.1:{self.port}/", timeout=1):
                return True
        except HTTPError as answer:
            answer.close()
            return True
        except (URLError, OSError):
            return False
