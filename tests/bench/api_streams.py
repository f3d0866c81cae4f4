"""Many SSE streams over plain sockets, in a process of their own: prints when each token came.

The last line is JSON: for each stream the pairs (sent, came) of its stamped tokens, in ms.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import re
import time
from urllib.parse import urlsplit

STAMP = re.compile(rb'"content": ?"t(\d+)')


async def stream(host: str, port: int, question: str) -> list[tuple[float, float]]:
    """One question in a session of its own; the pairs of its tokens."""
    reader, writer = await asyncio.open_connection(host, port)
    body = json.dumps({"message": question}).encode()
    head = (
        f"POST /api/chat/stream HTTP/1.1\r\nHost: {host}:{port}\r\nConnection: close\r\n"
        "Accept: text/event-stream\r\nContent-Type: application/json\r\n"
        f"Content-Length: {len(body)}\r\n\r\n"
    )
    writer.write(head.encode() + body)
    tokens: list[tuple[float, float]] = []
    # A chunk of the transfer ends with an event, so no line of data is ever cut.
    while line := await reader.readline():
        if found := STAMP.search(line):
            tokens.append((float(found[1]), time.time() * 1000))
        if line.startswith(b"event: done"):
            break
    writer.close()
    return tokens


async def streams(url: str, count: int, question: str) -> list[list[tuple[float, float]]]:
    """All at once; the first line printed says when all are on their way."""
    parts = urlsplit(url)
    host, port = parts.hostname or "127.0.0.1", parts.port or 80
    tasks = [asyncio.create_task(stream(host, port, question)) for _ in range(count)]
    await asyncio.sleep(2)
    print("asked", flush=True)
    return await asyncio.gather(*tasks)


def main() -> None:
    """See the module."""
    parser = argparse.ArgumentParser()
    parser.add_argument("url")
    parser.add_argument("--count", type=int, required=True)
    parser.add_argument("--tokens", type=int, required=True)
    parser.add_argument("--pace", type=float, required=True)
    given = parser.parse_args()
    question = f"[[stamped tokens={given.tokens} delay={1 / given.pace}]]"
    print(json.dumps(asyncio.run(streams(given.url, given.count, question))))


if __name__ == "__main__":
    main()
