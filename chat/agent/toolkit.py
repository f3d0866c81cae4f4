"""Tools: what a model may call, and what they may use.

A tool is a typed async function in a file of ``chat/tools``::

    @tool("Searching repair guides for {query}…")
    async def search_repair_guides(
        context: ToolContext,
        query: Annotated[str, Field(description="device and part", max_length=200)],
    ) -> str:
        \"\"\"What the model reads about it.\"\"\"

It answers with a text or with anything that is JSON, in a `ToolResult` where there is more to say,
and raises `ToolError` with a text that tells model and user what to do.
"""

import inspect
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol, get_type_hints

from pydantic import BaseModel, ConfigDict, ValidationError, create_model

from chat.agent.needs import Need
from chat.config import Settings
from chat.data.values import ChartSpec, QueryAnswer, TableInfo
from chat.events import Event
from chat.profiles.result import AnalysisResult
from chat.web.web import Web

TOOL_SECONDS = 30.0
TellEvent = Callable[[Event], None]


@dataclass(frozen=True, slots=True)
class ToolResult:
    """What a tool brought; ``summary`` is a line for people, made of ``content`` when empty.

    ``remember`` is kept with the session for later calls and answers, each name in place of what
    it had before (`ToolContext.memory`); it must stay small and be JSON.
    """

    content: object
    summary: str = ""
    remember: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ChatHit:
    """A place in the user's own chats; ``date`` is in ISO 8601, ``link`` opens it."""

    title: str
    excerpt: str
    role: str
    date: str
    link: str


class Chats(Protocol):
    """The user's own chats."""

    async def search(self, query: str, limit: int) -> Sequence[ChatHit]:
        """The places that fit best."""


class Profiles(Protocol):
    """The analysis results of this session; one per (source, handle)."""

    async def analyzed(
        self, source: str, handle: str, *, again: bool, status: Callable[[str], None]
    ) -> AnalysisResult:
        """The stored result; fetched, computed and stored first unless it is there.

        ``again`` fetches in any case. ``status`` is told the stages. Raises `ToolError`.
        """


class Data(Protocol):
    """The tables of this session, and what is computed from them for this answer."""

    async def tables(self) -> Sequence[TableInfo]:
        """Those that are attached on the branch, and those of analysis results."""

    async def query(self, sql: str, title: str, *, tell: TellEvent) -> QueryAnswer:
        """Run a query, keep what comes with the answer and ``tell`` it; raises `ToolError`."""

    async def draw(self, query_id: str, chart: ChartSpec, title: str, *, tell: TellEvent) -> str:
        """Keep and tell a chart of what a query gave, empty: of the last; the chart's id.

        Raises `ToolError`.
        """


async def nothing_allowed(needs: Sequence[Need]) -> Sequence[Need]:
    """All of them are missing."""
    return needs


@dataclass(frozen=True, slots=True)
class ToolContext:
    """What tools may use during one answer; user and session are bound already.

    ``emit`` tells viewers of the answer. ``memory`` is what calls of this session, also of this
    answer, have remembered by now; look at it after the last await, since calls run side by side.
    ``missing`` gives those needs of a call that nobody has allowed yet.
    """

    settings: Settings
    web: Web
    chats: Chats
    profiles: Profiles
    now: Callable[[], datetime]
    data: Data | None = None
    emit: Callable[[Event], None] = lambda _: None
    memory: Mapping[str, object] = field(default_factory=dict)
    missing: Callable[[Sequence[Need]], Awaitable[Sequence[Need]]] = nothing_allowed


Arguments = Mapping[str, object]
Needs = Callable[[Settings, Arguments], Sequence[Need]]


def needs_nothing(_settings: Settings, _arguments: Arguments) -> Sequence[Need]:
    """Of tools that neither reach out where they are told to nor change anything."""
    return ()


@dataclass(frozen=True, slots=True)
class Tool:
    """One of them, ours or an MCP server's.

    ``parameters`` is a JSON schema of an object; ``call`` checks arguments itself and raises
    `ToolError` (or pydantic's `ValidationError`); ``status`` is the line people see meanwhile.
    ``needs`` is what has to be allowed before a call with these arguments.
    """

    name: str
    description: str
    parameters: Mapping[str, object]
    call: Callable[[ToolContext, Mapping[str, object]], Awaitable[object]]
    status: Callable[[Mapping[str, object]], str]
    seconds: float = TOOL_SECONDS
    needs: Needs = needs_nothing

    def described(self) -> Mapping[str, object]:
        """As chat completions have it."""
        function = {
            "name": self.name,
            "description": self.description,
            "parameters": dict(self.parameters),
        }
        return {"type": "function", "function": function}


def misfits(error: ValidationError) -> str:
    """What does not fit, the first few places; without the values, which are not ours."""
    found = error.errors(include_url=False, include_input=False, include_context=False)
    parts = [f"{'.'.join(map(str, one['loc'])) or 'all'}: {one['msg']}" for one in found[:5]]
    return "; ".join(parts)


Function = Callable[..., Awaitable[object]]


def tool(
    status: str, *, seconds: float = TOOL_SECONDS, needs: Needs = needs_nothing
) -> Callable[[Function], Tool]:
    """Make a function a tool; ``status`` may name arguments in braces."""
    return lambda function: _tool(function, status, seconds, needs)


def _tool(function: Function, status: str, seconds: float, needs: Needs) -> Tool:
    hints = get_type_hints(function, include_extras=True)
    empty = inspect.Parameter.empty
    fields: dict[str, Any] = {  # pydantic's own type for them
        name: (hints[name], ... if parameter.default is empty else parameter.default)
        for name, parameter in inspect.signature(function).parameters.items()
        if name != "context"
    }
    shape: type[BaseModel] = create_model(
        function.__name__, __config__=ConfigDict(extra="forbid"), **fields
    )

    async def call(context: ToolContext, arguments: Mapping[str, object]) -> object:
        checked = shape.model_validate(arguments)
        return await function(context, **{name: getattr(checked, name) for name in fields})

    def line(arguments: Mapping[str, object]) -> str:
        return status.format_map({name: str(arguments.get(name, "…"))[:80] for name in fields})

    about = inspect.cleandoc(function.__doc__ or "")
    return Tool(function.__name__, about, _schema(shape), call, line, seconds, needs)


def _schema(shape: type[BaseModel]) -> Mapping[str, object]:
    """Without titles, which only cost tokens."""
    schema = shape.model_json_schema()
    schema.pop("title", None)
    for part in schema.get("properties", {}).values():
        part.pop("title", None)
    return schema
