"""Tools called as the loop calls them, over a real web and with nothing else faked than chats."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from types import MappingProxyType
from typing import Any

import pytest

from chat.agent.toolkit import ChatHit, Chats, ToolContext, ToolResult
from chat.config import Settings
from chat.profiles.result import AnalysisResult
from chat.tools import builtin
from chat.web.web import Web

NOW = datetime(2024, 5, 1, 22, 30, tzinfo=UTC)
Use = Callable[..., Any]


class NoChats:
    async def search(self, query: str, limit: int) -> Sequence[ChatHit]:
        raise AssertionError("not asked here")


class NoProfiles:
    async def analyzed(self, source: str, handle: str, **_: Any) -> AnalysisResult:
        raise AssertionError("not asked here")


@pytest.fixture
def memory() -> dict[str, Any]:
    """What the tools of this test remember."""
    return {}


@pytest.fixture
def use(settings: Settings, memory: dict[str, Any]) -> Iterator[Use]:
    """Calls a tool by its name, with what the model would send."""
    webs: dict[bool, Web] = {}

    async def called(
        name: str, chats: Chats | None, changes: Mapping[str, Any], arguments: Mapping[str, Any]
    ) -> Any:
        here = settings.model_copy(update={"private_addresses": True, **changes})
        if here.private_addresses not in webs:
            webs[here.private_addresses] = Web(here, sleep=lambda _: asyncio.sleep(0))
        context = ToolContext(
            here,
            webs[here.private_addresses],
            chats or NoChats(),
            NoProfiles(),
            lambda: NOW,
            memory=MappingProxyType(memory),
        )
        found = await builtin()[name].call(context, arguments)
        if not isinstance(found, ToolResult):
            return found
        memory.update(found.remember)
        return found.content

    with asyncio.Runner() as runner:

        def using(
            name: str, *, chats: Chats | None = None, changes: Mapping[str, Any] = {}, **more: Any
        ) -> Any:
            return runner.run(called(name, chats, changes, more))

        yield using
        for web in webs.values():
            runner.run(web.aclose())
