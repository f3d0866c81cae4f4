"""An agent with tools of its own in front of the scripted model."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import aclosing, asynccontextmanager
from datetime import UTC, datetime
from typing import Any

from chat.agent.agent import Agent, Job
from chat.agent.models.provider import Provider
from chat.agent.toolkit import Tool, ToolContext
from chat.agent.types import ModelMessage, ModelRequest, Piece, Remembered, ToolUse
from chat.config import Settings
from chat.errors import ToolError
from chat.events import Token, ToolProgress
from chat.tools import builtin
from chat.web.web import Web
from tests.scripted_model import ScriptedModel

ASKED = ModelRequest((ModelMessage("system", "Be kind."), ModelMessage("user", "Go")), "scripted-1")


def a_tool(
    name: str, result: Callable[[Mapping[str, Any]], Awaitable[Any]], seconds: float = 5
) -> Tool:
    schema = {"type": "object", "properties": {"n": {"type": "integer"}}}

    async def call(_: ToolContext, arguments: Mapping[str, Any]) -> Any:
        return await result(arguments)

    return Tool(name, f"Does {name}.", schema, call, lambda _: f"Doing {name}…", seconds)


async def echo(arguments: Mapping[str, Any]) -> Any:
    return {"got": dict(arguments)}


async def broken(_: Mapping[str, Any]) -> Any:
    raise RuntimeError("secret inside")


async def refusing(_: Mapping[str, Any]) -> Any:
    raise ToolError("The shop is closed.", "Come back tomorrow.")


async def slow(_: Mapping[str, Any]) -> Any:
    await asyncio.Event().wait()


async def huge(_: Mapping[str, Any]) -> Any:
    return "x" * 50_000


TOOLS = (
    a_tool("echo", echo),
    a_tool("broken", broken),
    a_tool("refusing", refusing),
    a_tool("slow", slow, 0.05),
    a_tool("huge", huge),
    builtin()["current_time"],
)


class Bench:
    """An agent in front of the scripted model, and what tool calls have left behind."""

    def __init__(self, model: ScriptedModel, **settings: Any) -> None:
        self.settings = Settings(openai_base_url=model.base_url, **settings)
        self.model = model
        self.uses: list[ToolUse] = []
        self.memory: Mapping[str, Any] = {}

    def job(self, tools: Sequence[Tool] = TOOLS) -> Job:
        context = ToolContext(
            settings=self.settings,
            web=Web(self.settings),
            chats=None,  # type: ignore[arg-type]
            profiles=None,  # type: ignore[arg-type]
            now=lambda: datetime(2026, 11, 21, 12, tzinfo=UTC),
            memory=self.memory,
        )
        return Job(ASKED, context, tuple(tools))

    @asynccontextmanager
    async def agent(self) -> AsyncIterator[Agent]:
        provider = Provider(self.settings)
        try:
            yield Agent(provider, self.settings)
        finally:
            await provider.aclose()

    def answer(self, *jobs: Job) -> list[Piece]:
        async def run() -> list[Piece]:
            pieces = []
            async with self.agent() as agent:
                for job in jobs or (self.job(),):
                    pieces += [piece async for piece in self.read(agent, job)]
            return pieces

        return asyncio.run(run())

    async def read(self, agent: Agent, job: Job) -> AsyncIterator[Piece]:
        """What viewers may see; the rest is kept here."""
        async with aclosing(agent.answer(job)) as answer:
            async for piece in answer:
                if isinstance(piece, ToolUse):
                    self.uses.append(piece)
                elif isinstance(piece, Remembered):
                    self.memory = piece.memory
                else:
                    yield piece

    def results(self, request: int) -> list[str]:
        """What the model was given as results in that request."""
        messages = self.model.requests[request].body["messages"]
        return [m["content"] for m in messages if m["role"] == "tool"]


def text(pieces: list[Piece]) -> str:
    return "".join(piece.content for piece in pieces if isinstance(piece, Token))


def events(pieces: list[Piece]) -> list[tuple[str, str]]:
    return [(p.name, p.state) for p in pieces if isinstance(p, ToolProgress)]
