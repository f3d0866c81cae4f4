"""What a client begins and does not end is ended for it; whoever only takes their time is not."""

from __future__ import annotations

import asyncio
import json
import socket
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager

import pytest
import uvicorn
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import JSONResponse, StreamingResponse
from starlette.routing import Route, WebSocketRoute
from starlette.websockets import WebSocket
from websockets.sync.client import connect

from chat.server.bodies import SLOWEST, Punctual
from chat.server.connections import ClientConnection, watch
from tests.waiting import until

SECONDS = 0.5
HEAD = b"GET /peer HTTP/1.1\r\nHost: x\r\n"
POST = b"POST /length HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n"


async def peer(request: Request) -> JSONResponse:
    connection = ClientConnection.of(request.scope)
    return JSONResponse([connection and connection.peer, request.client and request.client.host])


async def length(request: Request) -> JSONResponse:
    return JSONResponse(len(await request.body()))


async def stream(_: Request) -> StreamingResponse:
    async def pieces() -> Iterator[bytes]:
        for _ in range(4):
            await asyncio.sleep(SECONDS / 2)
            yield b"."

    return StreamingResponse(pieces())


async def echo(socket: WebSocket) -> None:
    await socket.accept()
    await asyncio.sleep(2 * SECONDS)
    await socket.send_text(await socket.receive_text())


ROUTES = [Route("/peer", peer), Route("/length", length, methods=["POST"])]
ROUTES += [Route("/stream", stream)]


@pytest.fixture(scope="module")
def port() -> Iterator[int]:
    """Of a server that waits half a second."""
    app = Starlette(
        routes=[*ROUTES, WebSocketRoute("/echo", echo)],
        middleware=[Middleware(Punctual, seconds=SECONDS)],
    )
    listening = socket.create_server(("127.0.0.1", 0))
    server = uvicorn.Server(uvicorn.Config(app, log_config=None, lifespan="off"))

    async def serve() -> None:
        watch(SECONDS)
        await server.serve(sockets=[listening])

    thread = threading.Thread(target=lambda: asyncio.run(serve()))
    thread.start()
    yield listening.getsockname()[1]
    server.should_exit = True
    thread.join(20)
    listening.close()


@contextmanager
def connected(port: int) -> Iterator[socket.socket]:
    with closing(socket.create_connection(("127.0.0.1", port), timeout=20)) as made:
        yield made


def answer(raw: socket.socket) -> tuple[int, bytes]:
    """Status and body of what comes until the server closes."""
    head, _, body = raw.makefile("rb").read().partition(b"\r\n\r\n")
    return int(head.split()[1]), body


@pytest.mark.parametrize("begun", [b"", b"G", HEAD, HEAD + b"X: " + b"x" * 9000])
def test_many_half_sent_requests_end(port: int, begun: bytes) -> None:
    many = [socket.create_connection(("127.0.0.1", port), timeout=20) for _ in range(50)]
    for one in many:
        one.sendall(begun)
    for one in many:
        assert one.recv(100) == b""
        one.close()


def test_one_that_follows_a_whole_one_ends_too(port: int) -> None:
    with connected(port) as raw:
        raw.sendall(HEAD + b"\r\n" + HEAD)
        said = raw.makefile("rb").read()
    assert said.count(b"HTTP/1.1 200") == 1


def test_a_head_that_comes_in_drops_ends(port: int) -> None:
    with connected(port) as raw:
        raw.sendall(HEAD)
        raw.settimeout(SECONDS / 10)
        closed = False

        def drop() -> bool:
            nonlocal closed
            try:
                raw.sendall(b"X: y\r\n")
                closed = raw.recv(100) == b""
            except TimeoutError:
                pass
            except OSError:
                closed = True
            return closed

        until(drop)


def test_a_body_that_does_not_come_on_is_answered(port: int) -> None:
    with connected(port) as raw:
        raw.sendall(POST + b"x" * 50)
        assert answer(raw)[0] == 408


def test_whoever_takes_their_time_is_served(port: int) -> None:
    """A body in pieces, longer than the limit in all, at more than the slowest pace."""
    size, pieces = SLOWEST, 12
    with connected(port) as raw:
        head = f"POST /length HTTP/1.1\r\nHost: x\r\nContent-Length: {size * pieces}\r\n"
        raw.sendall(f"{head}Connection: close\r\n\r\n".encode())
        waits = threading.Event()
        for _ in range(pieces):
            waits.wait(SECONDS / 10)
            raw.sendall(b"x" * size)
        assert answer(raw) == (200, str(size * pieces).encode())


def test_a_body_that_comes_in_drops_ends(port: int) -> None:
    """At one byte where hundreds are the least, the limit is not begun anew with each."""
    with connected(port) as raw:
        raw.sendall(POST.replace(b"100", b"100000"))
        raw.settimeout(SECONDS / 10)
        said = b""

        def drop() -> bool:
            nonlocal said
            try:
                raw.sendall(b"x")
                said += raw.recv(1000)
            except TimeoutError:
                pass
            return b"408" in said

        until(drop)


def test_what_runs_long_goes_on(port: int) -> None:
    with connected(port) as raw:
        raw.sendall(b"GET /stream HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
        assert answer(raw)[1].count(b".") == 4
    with connect(f"ws://127.0.0.1:{port}/echo") as opened:
        opened.send("still here")
        assert opened.recv(timeout=20) == "still here"


def test_the_other_end_is_known_whatever_a_request_says(port: int) -> None:
    """Uvicorn believes this computer; when it does not any more, `peer` is not needed."""
    with connected(port) as raw:
        raw.sendall(HEAD + b"X-Forwarded-For: 192.0.2.66\r\nConnection: close\r\n\r\n")
        assert json.loads(answer(raw)[1]) == ["127.0.0.1", "192.0.2.66"]
