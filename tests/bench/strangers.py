"""A hundred large posts of somebody nobody knows: what others notice, and what stays of them."""

from __future__ import annotations

import socket
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from urllib.request import urlopen

import psutil

from tests.bench.figures import Figure, ninetieth
from tests.bench.memory import MEGABYTE
from tests.bench.stage import Stage
from tests.processes import Server

POSTS, AT_ONCE = 100, 8
BODY = b"[" + b"0," * (8 * MEGABYTE - 1) + b"0]"
HEAD = (
    "POST /api/users/me/tokens HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
    f"Content-Length: {len(BODY)}\r\nConnection: close\r\n\r\n"
).encode()


def run(stage: Stage) -> list[Figure]:
    """Health from before the first post until the last one is refused, and the most memory."""
    environment = {"PARLEY_AUTH": "password"}
    with stage.stopped_server("strangers", 10, environment=environment) as server:
        server.start()
        process = psutil.Process(server.pid)
        before = most = process.memory_info().rss
        waits = []
        with ThreadPoolExecutor(AT_ONCE) as pool:
            posts = [pool.submit(_post, server) for _ in range(POSTS)]
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


def _post(server: Server) -> bool:
    """Whether the answer could be read: a client that goes on sending may be cut off before."""
    with socket.create_connection(("127.0.0.1", server.port), timeout=120) as raw:
        with suppress(OSError):
            raw.sendall(HEAD + BODY)
        try:
            return raw.recv(100).startswith(b"HTTP/1.1 4")
        except OSError:
            return False
