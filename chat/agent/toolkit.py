"""Tools: what a model may call, and what they may use.

A tool is a typed async function in a file of ``chat/tools``::

    @tool("Searching repair guides for {query}…")
    async def search_repair_guides(
        context: ToolContext,
        query: Annotated[str, Field(description="device and part", max_length=200)],
    ) -> str:
        \"\"\"What the model reads about it.\"\"\"

It answers with a text or with anything that is JSON, in a `Result` where a line for people can say
more than how much came, and raises `ToolError` with a text that
tells model and user what to do.
"""

from __future__ import annotations

import inspect
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol, get_type_hints

from pydantic import BaseModel, ConfigDict, create_model

from chat.agent.types import ModelRequest
from chat.config import Settings
from chat.events import Event
from chat.web.web import Web

TOOL_SECONDS = 30.0


@dataclass(frozen=True, slots=True)
class Result:
    """What a tool brought, and a line about it for people."""

    content: Any
    summary: str


@dataclass(frozen=True, slots=True)
class ChatHit:
    """A place in the user's own chats; ``link`` opens the session."""

    title: str
    excerpt: str
    role: str
    written_at: datetime
    link: str


class Chats(Protocol):
    """The user's own chats."""

    async def search(self, query: str, limit: int) -> Sequence[ChatHit]:
        """The newest places that have all words of ``query``."""


class Profiles(Protocol):
    """The analysis results of this session; one per (source, handle)."""

    async def listed(self) -> Sequence[Mapping[str, Any]]:
        """All of them, newest first."""

    async def analyzed(
        self, source: str, handle: str, *, again: bool, status: Callable[[str], None]
    ) -> Mapping[str, Any]:
        """The stored result; fetched, computed and stored first unless it is there.

        ``again`` fetches in any case. ``status`` is told the stages. Raises `ToolError`.
        """


@dataclass(frozen=True, slots=True)
class ToolContext:
    """What tools may use during one answer; user and session are bound already.

    ``memory`` is kept with the session for later answers (`sessions.context`); it must stay
    small and be JSON. ``emit`` tells viewers of the answer.
    """

    settings: Settings
    web: Web
    chats: Chats
    profiles: Profiles
    emit: Callable[[Event], None]
    ask: Callable[[ModelRequest], Awaitable[str]]
    now: Callable[[], datetime]
    memory: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Tool:
    """One of them, ours or an MCP server's.

    ``parameters`` is a JSON schema of an object; ``call`` checks arguments itself and raises
    `ToolError` (or pydantic's `ValidationError`); ``status`` is the line people see meanwhile.
    """

    name: str
    description: str
    parameters: Mapping[str, Any]
    call: Callable[[ToolContext, Mapping[str, Any]], Awaitable[Any]]
    status: Callable[[Mapping[str, Any]], str]
    seconds: float = TOOL_SECONDS


Function = Callable[..., Awaitable[Any]]


def tool(status: str, *, seconds: float = TOOL_SECONDS) -> Callable[[Function], Function]:
    """Make a function a tool; ``status`` may name arguments in braces."""

    def mark(function: Function) -> Function:
        function.__dict__["parley_tool"] = (status, seconds)
        return function

    return mark


def tool_of(function: Function) -> Tool:
    """The tool that a marked function is."""
    status, seconds = function.__dict__["parley_tool"]
    hints = get_type_hints(function, include_extras=True)
    empty = inspect.Parameter.empty
    fields: dict[str, Any] = {
        name: (hints[name], ... if parameter.default is empty else parameter.default)
        for name, parameter in inspect.signature(function).parameters.items()
        if name != "context"
    }
    shape: type[BaseModel] = create_model(
        function.__name__, __config__=ConfigDict(extra="forbid"), **fields
    )

    async def call(context: ToolContext, arguments: Mapping[str, Any]) -> Any:
        checked = shape.model_validate(arguments)
        return await function(context, **{name: getattr(checked, name) for name in fields})

    def line(arguments: Mapping[str, Any]) -> str:
        texts = {name: str(arguments.get(name, "…"))[:80] for name in fields}
        return str(status.format_map(texts))

    return Tool(
        function.__name__,
        inspect.cleandoc(function.__doc__ or ""),
        _schema(shape),
        call,
        line,
        seconds,
    )


def _schema(shape: type[BaseModel]) -> dict[str, Any]:
    """Without titles, which only cost tokens."""
    schema = shape.model_json_schema()
    schema.pop("title", None)
    for part in schema.get("properties", {}).values():
        part.pop("title", None)
    return schema
