"""A connection to one MCP server. ``mcp`` is imported with this, which takes a second."""

import logging
from collections.abc import AsyncGenerator, Callable, Mapping
from contextlib import asynccontextmanager

import httpx2
from mcp import Client
from mcp.shared.exceptions import MCPError
from mcp_types import CONNECTION_CLOSED, Implementation, Tool, ToolListChangedNotification
from pydantic import ValidationError

from chat import VERSION
from chat.agent.mcp.http import ServerAddress
from chat.agent.mcp.process import ServerProcess
from chat.agent.mcp.words import ANSWERED, McpFailure, SessionLost, limited, redacted, text_of
from chat.mcp_settings import McpServer

TOOLS_MAX = 100
PAGES_MAX = 20
US = Implementation(name="Parley", version=VERSION)

log = logging.getLogger("parley.mcp")


class Connection:
    """An open one, which any task of its loop may use."""

    def __init__(self, client: Client, line: ServerAddress | ServerProcess) -> None:
        self._client = client
        self._line = line

    async def tools(self) -> list[Tool]:
        """All tools, at most 100, as they are now."""
        found: list[Tool] = []
        cursor: str | None = None
        for _ in range(PAGES_MAX):
            page = await self._client.list_tools(cursor=cursor)
            found += page.tools
            cursor = page.next_cursor
            if not cursor:
                break
        return found[:TOOLS_MAX]

    async def call(self, name: str, arguments: Mapping[str, object]) -> tuple[str, bool]:
        """What a call gave, and whether the server says that it did not work.

        Raises `SessionLost` or `McpFailure` when it got no answer.
        """
        try:
            result = await self._client.call_tool(name, dict(arguments))
        except MCPError as failure:
            if failure.code == CONNECTION_CLOSED:
                raise McpFailure("The connection broke.") from None
            if self._line.lost:
                raise SessionLost from None
            return failure.message, True
        except (ValidationError, RuntimeError) as failure:
            log.debug("mcp result refused: %s", failure)
            raise McpFailure("It sent a result that does not fit its own description.") from None
        return text_of(result.content, result.structured_content), bool(result.is_error)


@asynccontextmanager
async def connected(
    name: str, server: McpServer, look_again: Callable[[], None]
) -> AsyncGenerator[Connection]:
    """Connect, and leave in the same task; failures of both and of the body are `McpFailure`s.

    ``look_again`` is called when the tools changed or the server is gone.
    """

    async def heard(message: object) -> None:
        if isinstance(message, ToolListChangedNotification):
            look_again()

    line: ServerAddress | ServerProcess
    line = ServerAddress(server) if server.url else ServerProcess(name, server, look_again)
    try:
        speaking = Client(line.streams(), cache=None, client_info=US, message_handler=heard)
        async with speaking as client:
            yield Connection(client, line)
    except TimeoutError:
        raise
    except Exception as failure:
        reason = redacted(line.problem or _reason(failure), server)
        raise McpFailure(limited(reason)) from failure


def _reason(failure: BaseException) -> str:
    while isinstance(failure, BaseExceptionGroup):
        failure = failure.exceptions[0]
    if isinstance(failure, McpFailure):
        return str(failure)
    if isinstance(failure, MCPError):
        closed = failure.code == CONNECTION_CLOSED
        return "The connection broke." if closed else f"{ANSWERED}{failure.message}"
    if isinstance(failure, httpx2.ConnectError):
        return f"It cannot be reached: {failure}."
    if isinstance(failure, ValidationError):
        return "It does not speak MCP as Parley knows it."
    log.debug("mcp failed", exc_info=failure)
    return f"The connection broke ({type(failure).__name__})."
