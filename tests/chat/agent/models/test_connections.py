from __future__ import annotations

import asyncio
import socket
import struct
from collections.abc import Callable
from contextlib import suppress

import openai
import pytest

from chat.agent.models.stream import answer
from chat.agent.types import ModelMessage, ModelRequest
from chat.events import Token
from tests.scripted_model import ScriptedModel

RESET = struct.pack("ii", 1, 0)
QUESTION = ModelRequest((ModelMessage("user", "hi"),))


def test_the_connection_is_used_again(
    model: ScriptedModel, client: Callable[..., openai.AsyncOpenAI]
) -> None:
    async def run() -> None:
        async with client() as asked:
            for _ in range(3):
                async for _ in answer(asked, QUESTION, default_model="m"):
                    pass

    asyncio.run(run())
    assert len({one.client_port for one in model.requests}) == 1


@pytest.mark.parametrize("linger", [None, RESET], ids=["closed", "reset"])
def test_a_kept_connection_that_the_server_closed_is_not_the_user_s_problem(
    client: Callable[..., openai.AsyncOpenAI], linger: bytes | None
) -> None:
    """The first connection answers once and hangs up on the second question."""
    body = b'data: {"choices":[{"delta":{"content":"ok"}}]}\n\ndata: [DONE]\n\n'
    head = f"HTTP/1.1 200 OK\r\nContent-Length: {len(body)}\r\n\r\n".encode()
    asked: list[int] = []
    serving: list[asyncio.Task[None] | None] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        serving.append(asyncio.current_task())
        with suppress(asyncio.IncompleteReadError):
            for turn in range(2):
                header = await reader.readuntil(b"\r\n\r\n")
                length = int(header.lower().split(b"content-length:")[1].split(b"\r\n")[0])
                await reader.readexactly(length)
                asked.append(turn)
                if turn == 0:
                    writer.write(head + body)
                    await writer.drain()
        if linger is not None:
            there: socket.socket = writer.get_extra_info("socket")
            there.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
        writer.close()
        with suppress(ConnectionError):
            await writer.wait_closed()

    async def run() -> list[list[Token]]:
        listening = await asyncio.start_server(serve, "127.0.0.1", 0)
        port = listening.sockets[0].getsockname()[1]
        texts = []
        async with listening, client(base_url=f"http://127.0.0.1:{port}/v1") as there:
            for _ in range(2):
                pieces = answer(there, QUESTION, default_model="m")
                texts.append([piece async for piece in pieces if isinstance(piece, Token)])
        await asyncio.gather(*(task for task in serving if task))
        return texts

    assert asyncio.run(run()) == [[Token("ok")], [Token("ok")]]
    assert asked == [0, 1, 0]
