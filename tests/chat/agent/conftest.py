"""A scripted model server, and the stream asked through a real client."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator

import openai
import pytest

from chat.agent.models.provider import Provider
from chat.agent.models.servers import new_client
from chat.agent.models.stream import answer
from chat.agent.types import Endpoint, ModelMessage, ModelRequest, Piece
from chat.errors import AgentError
from tests.chat.agent.agent_bench import Bench
from tests.model_script import Script
from tests.scripted_model import ScriptedModel

KEY = "sk-secret-0123456789abcdefXYZ"

Ask = Callable[..., tuple[list[Piece], AgentError | None]]
HELLO = ModelRequest((ModelMessage("user", "hello"),))


def during(provider: Provider, do: Callable[[Provider], Awaitable[None]]) -> None:
    """Run something with a provider, in one loop, and close it."""

    async def run() -> None:
        try:
            await do(provider)
        finally:
            await provider.aclose()

    asyncio.run(run())


def refusal(status: int, message: str = "No.", code: str | None = None, **headers: str) -> Script:
    """The server says no, in OpenAI's shape."""
    sent = {name.replace("_", "-"): value for name, value in headers.items()}
    return Script(status=status, body={"error": {"message": message, "code": code}}, headers=sent)


@pytest.fixture(scope="session")
def server() -> Iterator[ScriptedModel]:
    with ScriptedModel() as running:
        yield running


@pytest.fixture
def model(server: ScriptedModel) -> ScriptedModel:
    server.reset()
    return server


@pytest.fixture
def client(model: ScriptedModel) -> Callable[..., openai.AsyncOpenAI]:
    """Makes clients of the scripted server, or of another address."""

    def make(
        base_url: str = "", key: str = KEY, connect: float = 20.0, silence: float = 20.0
    ) -> openai.AsyncOpenAI:
        endpoint = Endpoint("configured", "here", base_url or model.base_url, key)
        return new_client(endpoint, connect=connect, silence=silence)

    return make


@pytest.fixture
def ask(model: ScriptedModel, client: Callable[..., openai.AsyncOpenAI]) -> Ask:
    """Plays scripts, one question; gives what came and the error that ended it."""

    def asking(
        *scripts: Script,
        text: str = "hi",
        parameters: dict[str, float | int | str] | None = None,
        **where: object,
    ) -> tuple[list[Piece], AgentError | None]:
        model.queue(*scripts)
        request = ModelRequest((ModelMessage("user", text),), parameters=parameters or {})

        async def run() -> tuple[list[Piece], AgentError | None]:
            got: list[Piece] = []
            async with client(**where) as asked:
                pieces = answer(asked, request, default_model="m-1")
                try:
                    async for piece in pieces:
                        got.append(piece)
                except AgentError as error:
                    return got, error
            return got, None

        return asyncio.run(run())

    return asking


@pytest.fixture
def bench(model: ScriptedModel) -> Bench:
    """An agent in front of the scripted model."""
    return Bench(model)
