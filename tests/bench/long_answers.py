"""A very long answer: what the server writes for it, and how long others wait to send meanwhile."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from http.client import HTTPConnection
from pathlib import Path

from tests.bench.api import connection
from tests.bench.figures import Figure
from tests.bench.seed import session_id
from tests.bench.stage import Stage
from tests.processes import Server

CHARS, PIECE = 15_000_000, 1_000
MOST = {"PARLEY_ANSWER_MAX_CHARS": "50000000"}
PROMPT = f"[[prose={PIECE} tokens={CHARS // PIECE} delay=0.0005]]"


def path(number: int) -> str:
    return f"/api/users/me/sessions/{session_id(number)}/messages"


def send(client: HTTPConnection, number: int, words: str) -> float:
    """Post it and wait until it is stored; ms."""
    headers = {"Content-Type": "application/json", "Prefer": "respond-async"}
    began = time.perf_counter()
    client.request("POST", path(number), json.dumps({"content": words}), headers)
    answer = client.getresponse()
    answer.read()
    assert answer.status == 202, answer.status
    return (time.perf_counter() - began) * 1000


def written(server: Server) -> int:
    """All bytes that the server has handed to files so far; not what it sent."""
    lines = Path(f"/proc/{server.pid}/io").read_text().splitlines()
    return int(dict(line.split(": ") for line in lines)["wchar"])


def until_written(client: HTTPConnection) -> Iterator[None]:
    """Again and again, until no answer is being written."""
    while True:
        client.request("GET", "/api/health")
        if not json.loads(client.getresponse().read())["running"]:
            return
        yield


def run(stage: Stage) -> list[Figure]:
    """One alone, and one while somebody else sends in other chats."""
    with stage.server("long-answers", 1_000, environment=MOST, size=4) as server:
        client = connection(server)
        before = written(server)
        send(client, 1, PROMPT)
        for _ in until_written(client):
            time.sleep(0.2)
        share = (written(server) - before) / CHARS
        send(client, 2, PROMPT)
        times = []
        for at, _ in enumerate(until_written(client)):
            times.append(send(client, 10 + at % 500, "[[tokens=1]]"))
            time.sleep(0.25)
    return [
        Figure("15 MB answer: bytes written, by its text (log and file)", [share], "×", 3),
        Figure("somebody else's send meanwhile", times, "ms", 100),
    ]
