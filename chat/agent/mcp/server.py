"""One MCP server: kept connected by a task of its own, asked by any task of the same loop."""

from __future__ import annotations

import asyncio
import importlib
import logging
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING

import anyio

from chat.agent.mcp.words import (
    DESCRIPTION_MAX,
    McpFailure,
    SessionLost,
    function_names,
    limited,
    parameters,
    unquoted,
)
from chat.agent.needs import addresses, of_address, of_tool
from chat.agent.toolkit import Tool, ToolContext
from chat.errors import ToolError
from chat.mcp_settings import McpServer, McpStatus, State

if TYPE_CHECKING:
    import mcp_types

    from chat.agent.mcp.client import Connection

FIRST_WAIT_SECONDS = 1.0
LONGEST_WAIT_SECONDS = 300.0
LOOK_SECONDS = 60.0
OLD_PROTOCOL_SECONDS = 10.0
"""mcp waits so long for those who do not know its first question, before it asks the old way."""
OVERTIME_SECONDS = 5.0
"""After the server's own time-out, whose words are better than those of another."""

log = logging.getLogger("parley.mcp")


class Server:
    """Its state and its tools, which any thread may read; the rest belongs to one loop."""

    def __init__(self, name: str, settings: McpServer) -> None:
        self.status = McpStatus(name, settings.kind)
        self.tools: tuple[Tool, ...] = ()
        self.attempts = 0
        self._name = name
        self._settings = settings
        self._names: tuple[str, ...] = ()
        self._connection: Connection | None = None
        self._moved = asyncio.Event()
        self._retry = asyncio.Event()
        self._look = asyncio.Event()

    async def run(self) -> None:
        """Connect, and again whenever that ends; for as long as the task lives."""
        wait, loop = FIRST_WAIT_SECONDS, asyncio.get_running_loop()
        try:
            while True:
                self._retry.clear()
                self.attempts += 1
                self._move("connecting", self.status.problem)
                began = loop.time()
                problem = await self._attempt()
                if problem != self.status.problem:
                    log.warning("mcp server=%s failed: %s", self._name, unquoted(problem))
                self._move("failed", problem)
                if loop.time() - began > LOOK_SECONDS:
                    wait = FIRST_WAIT_SECONDS
                with anyio.move_on_after(wait):
                    await self._retry.wait()
                wait = min(wait * 2, LONGEST_WAIT_SECONDS)
        finally:
            self._move("stopped")

    def retry(self) -> None:
        """Wait no longer before the next attempt."""
        self._retry.set()

    async def settled(self) -> None:
        """Wait until the first attempt is over."""
        await self._until(lambda: self.status.state != "connecting" or self.attempts > 1)

    async def call(self, tool: str, arguments: Mapping[str, object]) -> str:
        """Ask a tool; raises `ToolError` in words for the model and whoever talks with it."""
        named, seconds = f"The MCP server “{self._name}”", self._settings.timeout
        try:
            async with asyncio.timeout(seconds):
                text, failed = await self._asked(tool, arguments)
        except TimeoutError:
            self._look.set()
            raise ToolError(f"{named} did not answer within {seconds:g} seconds.") from None
        except McpFailure as failure:
            self._look.set()
            log.warning("mcp server=%s tool=%s: %s", self._name, limited(tool), failure)
            fix = "Whether it did what was asked is not known."
            raise ToolError(f"{named} gave no result. {failure}", fix) from None
        if failed:
            raise ToolError(text or f"{named} says that it did not work.")
        return text

    async def _attempt(self) -> str:
        """Connect and stay connected; why that ended."""
        try:
            await asyncio.to_thread(importlib.import_module, "chat.agent.mcp.client")
            from chat.agent.mcp.client import connected

            begun = asyncio.timeout(self._settings.timeout + OLD_PROTOCOL_SECONDS)
            connecting = connected(self._name, self._settings, self._look.set)
            async with begun, connecting as connection:
                begun.reschedule(None)
                log.info("mcp server=%s connected", self._name)
                try:
                    await self._stay(connection)
                finally:
                    self._connection = None
        except TimeoutError:
            return "It did not answer in time."
        except McpFailure as failure:
            return str(failure)
        except Exception as failure:
            log.exception("mcp server=%s", self._name)
            return f"Something went wrong inside Parley ({type(failure).__name__})."
        raise AssertionError("nobody leaves without a reason")

    async def _stay(self, connection: Connection) -> None:
        """Read the tools, now, at times, and when asked to look; what fails, ends it."""
        while True:
            async with asyncio.timeout(self._settings.timeout):
                listed = await connection.tools()
            self._connection = connection
            self._learn(listed)
            with anyio.move_on_after(LOOK_SECONDS):
                await self._look.wait()
            self._look.clear()

    def _learn(self, listed: Sequence[mcp_types.Tool]) -> None:
        only = self._settings.tools
        wanted = [tool for tool in listed if only is None or tool.name in only]
        names = function_names(self._name, [tool.name for tool in wanted])
        self.tools = tuple(self._tool(tool, names[tool.name]) for tool in wanted)
        self._names = tuple(limited(tool.name, 64) for tool in wanted)
        missing = [limited(name, 64) for name in only or () if name not in names]
        self._move("ready", f"It has no tool named {', '.join(missing)}." if missing else "")

    def _tool(self, listed: mcp_types.Tool, name: str) -> Tool:
        async def call(_: ToolContext, arguments: Mapping[str, object]) -> str:
            return await self.call(listed.name, arguments)

        only_reads = listed.annotations is not None and listed.annotations.read_only_hint is True
        use = () if only_reads else (of_tool(name, listed.name, self._name),)
        return Tool(
            name,
            (listed.description or "").strip()[:DESCRIPTION_MAX],
            parameters(listed.input_schema),
            call,
            lambda _: f"Asking {self._name}: {limited(listed.name, 64)}…",
            self._settings.timeout + OVERTIME_SECONDS,
            lambda _, given: (*use, *map(of_address, addresses(given))),
        )

    async def _asked(self, tool: str, arguments: Mapping[str, object]) -> tuple[str, bool]:
        connection = await self._ready()
        try:
            return await connection.call(tool, arguments)
        except SessionLost:  # it was started anew, and has not looked at the call
            self._connection = None
            self._look.set()
            return await (await self._ready()).call(tool, arguments)

    async def _ready(self) -> Connection:
        wanted = self.attempts + (self.status.state != "connecting")
        if self._connection is None:
            self._retry.set()
            await self._until(lambda: self._connection or self._gave_up(wanted))
        if self._connection is None:
            raise ToolError(
                f"The MCP server “{self._name}” cannot be reached.",
                "Go on without it; an administrator can see the reason in Settings.",
            )
        return self._connection

    def _gave_up(self, wanted: int) -> bool:
        state = self.status.state
        return state == "stopped" or (state == "failed" and self.attempts >= wanted)

    def _move(self, state: State, problem: str = "") -> None:
        self.status = McpStatus(self._name, self._settings.kind, state, self._names, problem)
        self._moved.set()
        self._moved = asyncio.Event()

    async def _until(self, condition: Callable[[], object]) -> None:
        while not condition():
            await self._moved.wait()
