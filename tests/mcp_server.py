"""A small MCP server: ``python mcp_server.py`` over stdio, with a port over streamable HTTP.

``--old`` speaks only the protocol with sessions; ``--token`` lets in only who sends that.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
from pathlib import Path
from typing import Any

import uvicorn
from mcp.server.mcpserver import Image, MCPServer
from mcp.server.mcpserver.exceptions import ToolError
from mcp_types import EmbeddedResource, TextResourceContents

PIXEL = b"\x89PNG\r\n\x1a\n"

server = MCPServer("test", log_level="CRITICAL")


@server.tool(structured_output=False)
def echo(text: str) -> str:
    """Say it again."""
    return text


@server.tool(structured_output=False)
def environment() -> str:
    """The names of all environment variables, and what WORD is."""
    return json.dumps([sorted(os.environ), os.environ.get("WORD")])


@server.tool(structured_output=False)
def fail() -> str:
    """Never work."""
    raise ToolError("The oven is cold.")


@server.tool(structured_output=False)
async def slow(mark: str) -> str:
    """Write a file, and never answer."""
    Path(mark).touch()  # noqa: ASYNC240 - nobody else waits
    await asyncio.Event().wait()
    raise AssertionError


@server.tool(structured_output=False)
def huge(size: int) -> str:
    """So many letters."""
    return "x" * size


@server.tool(structured_output=False)
def image() -> list[Any]:
    """A text, an image and a file."""
    return [
        "Look:",
        Image(data=PIXEL, format="png"),
        EmbeddedResource(resource=TextResourceContents(uri="file:///a.txt", text="of a file")),
    ]


@server.tool(name="ends.at once/now", description="d" * 5_000, structured_output=False)
def ends() -> str:
    os._exit(3)


@server.tool(structured_output=False)
def learn(name: str) -> str:
    """Another tool from now on."""
    server.add_tool(echo, name=name, structured_output=False)
    return f"{name} is there."


def guarded(app: Any, *, token: str, old: bool) -> Any:
    """The application behind what a gateway or an older server does."""

    async def asked(scope: Any, receive: Any, send: Any) -> None:
        headers = dict(scope.get("headers", ()))
        modern = headers.get(b"mcp-protocol-version", b"") >= b"2026"
        status = 0
        if token and headers.get(b"authorization") != f"Bearer {token}".encode():
            status = 401
        elif old and modern:
            status = 400
        if scope["type"] != "http" or not status:
            await app(scope, receive, send)
            return
        await send({"type": "http.response.start", "status": status, "headers": []})
        await send({"type": "http.response.body", "body": b""})

    return asked


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("port", nargs="?", type=int)
    parser.add_argument("--token", default="")
    parser.add_argument("--old", action="store_true")
    chosen = parser.parse_args()
    if chosen.port is None:
        server.run()
    else:
        app = guarded(server.streamable_http_app(), token=chosen.token, old=chosen.old)
        uvicorn.run(app, host="127.0.0.1", port=chosen.port, log_level="error")
