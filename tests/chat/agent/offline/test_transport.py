from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import openai
import pytest

from chat.agent.models.servers import new_client
from chat.agent.models.stream import answer
from chat.agent.offline import OFFLINE, OFFLINE_MODEL
from chat.agent.offline.reply import CONTINUE, reply
from chat.agent.offline.transport import OfflineTransport
from chat.agent.types import Finished, ModelMessage, ModelRequest
from chat.events import Token, Usage

QUESTION: Any = [{"role": "user", "content": "hello"}]


async def at_once(seconds: float) -> None:
    await asyncio.sleep(0)


def offline(sleep: Callable[[float], Awaitable[object]] = at_once) -> openai.AsyncOpenAI:
    transport = OfflineTransport(tokens_per_second=50, sleep=sleep)
    return new_client(OFFLINE, connect=20, silence=20, transport=transport)


async def ask(*messages: ModelMessage) -> list[Any]:
    async with offline() as client:
        request = ModelRequest(messages)
        pieces = answer(client, request, default_model=OFFLINE_MODEL)
        return [piece async for piece in pieces]


def test_it_streams_small_tokens_usage_and_an_end() -> None:
    *tokens, usage, end = asyncio.run(ask(ModelMessage("user", "hello")))
    assert "".join(token.content for token in tokens) == reply([("user", "hello")])
    assert all(isinstance(token, Token) and len(token.content.strip()) <= 16 for token in tokens)
    assert isinstance(usage, Usage)
    assert usage.completion_tokens == len(tokens)
    assert usage.prompt_tokens > 0
    assert end == Finished("stop", OFFLINE_MODEL)


def test_each_token_arrives_before_the_next_is_made() -> None:
    """The model's pauses are let through one by one; a buffered answer would never arrive."""

    async def run() -> None:
        gate = asyncio.Semaphore(0)
        pauses: list[float] = []

        async def wait(seconds: float) -> None:
            pauses.append(seconds)
            await gate.acquire()

        async with offline(wait) as client:
            request = ModelRequest((ModelMessage("user", "hello"),))
            pieces = answer(client, request, default_model=OFFLINE_MODEL)
            for number in range(1, 6):
                gate.release()
                assert isinstance(await asyncio.wait_for(anext(pieces), 20), Token)
                assert len(pauses) == number
            await pieces.aclose()
            assert set(pauses) == {0.02}

    asyncio.run(run())


def test_the_plain_client_can_talk_to_it() -> None:
    async def run() -> None:
        async with offline() as client:
            assert [model.id async for model in client.models.list()] == [OFFLINE_MODEL]
            whole = await client.chat.completions.create(model=OFFLINE_MODEL, messages=QUESTION)
            assert whole.choices[0].message.content == reply([("user", "hello")])
            assert whole.usage is not None
            stream = await client.chat.completions.create(
                model=OFFLINE_MODEL, messages=QUESTION, stream=True
            )
            parts = [c.choices[0].delta.content or "" async for c in stream if c.choices]
            assert "".join(parts) == whole.choices[0].message.content

    asyncio.run(run())


def test_bad_requests_are_refused_like_a_server_would() -> None:
    async def run() -> None:
        async with offline() as client:
            with pytest.raises(openai.NotFoundError):
                await client.embeddings.create(model="x", input="y")
            with pytest.raises(openai.BadRequestError):
                await client.post("/chat/completions", cast_to=object, body={"messages": [1]})

    asyncio.run(run())


def test_a_stopped_answer_is_continued_to_the_same_whole() -> None:
    asked = ModelMessage("user", "write 80 words")
    whole = reply([("user", "write 80 words")])
    partial = ModelMessage("assistant", whole[:100])
    go_on = ModelMessage("user", CONTINUE + ", without repeating it.")
    pieces = asyncio.run(ask(asked, partial, go_on))
    rest = "".join(piece.content for piece in pieces if isinstance(piece, Token))
    assert partial.content + rest == whole
