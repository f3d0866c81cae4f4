"""A hundred large posts of somebody nobody knows: what others notice, and what stays of them."""

from __future__ import annotations

import socket
import time
from concurrent.futures import ProcessPoolExecutor, wait
from contextlib import suppress
from multiprocessing import get_context
from urllib.request import urlopen

import psutil

from tests.bench.figures import Figure, ninetieth
from tests.bench.memory import MEGABYTE
from tests.bench.stage import Stage

POSTS, AT_ONCE = 100, 8
SIZE = 16 * MEGABYTE
HEAD = (
    "POST /api/users/me/tokens HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
    "Content-Length: {}\r\nConnection: close\r\n\r\n"
)


def run(stage: Stage) -> list[Figure]:
    """Health from before the first post until the last one is refused, and the most memory."""
    environment = {"PARLEY_AUTH": "password"}
    with stage.stopped_server("strangers", 10, environment=environment) as server:
        server.start()
        process = psutil.Process(server.pid)
        waits = []
        # Processes of their own: in this one they would keep the next request for health waiting.
        with ProcessPoolExecutor(AT_ONCE, mp_context=get_context("spawn")) as pool:
            small = [pool.submit(_post, server.port, 1) for _ in range(POSTS)]
            wait(small)  # what any first request takes is not theirs
            before = most = process.memory_info().rss
            posts = [pool.submit(_post, server.port, SIZE) for _ in range(POSTS)]
            while not all(post.done() for post in posts):
                began = time.monotonic()
                with urlopen(f"{server.url}/api/health") as answer:
                    answer.read()
                waits.append((time.monotonic() - began) * 1000)
                most = max(most, process.memory_info().rss)
        refused = sum(post.result() for post in posts)
    note = f"{refused} of {POSTS} read that they are refused; p90 {ninetieth(waits):.0f} ms"
    return [
        Figure("health while strangers post 16 MB each", waits, "ms", 50, note=note),
        Figure("memory that it takes at most", [(most - before) / MEGABYTE], "MB", 20),
    ]


def _post(port: int, size: int) -> bool:
    """Whether the answer could be read: a client that goes on sending may be cut off before."""
    with socket.create_connection(("127.0.0.1", port), timeout=120) as raw:
        with suppress(OSError):
            raw.sendall(HEAD.format(size).encode())
            raw.sendall(b"0" * size)
        try:
            return raw.recv(100).startswith(b"HTTP/1.1 4")
        except OSError:
            return False
