"""The HTTP API over loopback: a list, the first event, each token, and many streams at once."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from http.client import HTTPConnection
from urllib.parse import urlsplit

from tests.bench.api_streams import STAMP
from tests.bench.figures import Figure
from tests.bench.seed import session_id
from tests.bench.stage import Stage, open_page
from tests.processes import ROOT, Server

REPEATS = 30
STREAMS, TOKENS, PACE = 200, 200, 10
HEADERS = {"Content-Type": "application/json", "Accept": "text/event-stream"}


def connection(server: Server) -> HTTPConnection:
    """Kept alive."""
    parts = urlsplit(server.url)
    return HTTPConnection(parts.hostname or "", parts.port, timeout=60)


def lists(stage: Stage) -> list[Figure]:
    """Fifty of 10,000 sessions."""
    times = []
    with stage.server("api-list", 10_000, size=2) as server:
        client = connection(server)
        for at in range(REPEATS + 3):
            began = time.perf_counter()
            client.request("GET", "/api/users/me/sessions")
            answer = client.getresponse()
            rows = json.loads(answer.read())
            if at >= 3:
                times.append((time.perf_counter() - began) * 1000)
            assert len(rows) == 50, answer.status
    return [Figure("GET 50 sessions of 10,000 over the API", times, "ms", 15)]


def events(stage: Stage) -> list[Figure]:
    """From the post to the first event, and from the model's token to its event."""
    firsts, lags = [], []
    with stage.server("api-events", 100, size=4) as server:
        client = connection(server)
        for at in range(REPEATS + 3):
            path = f"/api/users/me/sessions/{session_id(at)}/messages"
            body = json.dumps({"content": "[[stamped tokens=40 delay=0.01]]"})
            began = time.perf_counter()
            client.request("POST", path, body, HEADERS)
            answer = client.getresponse()
            first = None
            while line := answer.readline():
                first = first or time.perf_counter()
                if at >= 3 and (found := STAMP.search(line)):
                    lags.append(time.time() * 1000 - float(found[1]))
            if at >= 3:
                firsts.append(((first or began) - began) * 1000)
    return [
        Figure("first SSE event after the post", firsts, "ms", 25),
        Figure("token event after the model server sent it", lags, "ms", 10),
    ]


def streams(stage: Stage) -> list[Figure]:
    """200 answers at once, each with a viewer over SSE, and a page that loads meanwhile."""
    with stage.server("api-streams", 100, size=4) as server:
        command = [sys.executable, "-m", "tests.bench.api_streams", server.url]
        sizes = ["--count", str(STREAMS), "--tokens", str(TOKENS), "--pace", str(PACE)]
        clients = subprocess.Popen([*command, *sizes], cwd=ROOT, stdout=subprocess.PIPE, text=True)
        loads = []
        with stage.context() as context:
            assert clients.stdout
            assert clients.stdout.readline().strip() == "asked"
            for at in range(4):
                page = context.new_page()
                began = time.perf_counter()
                open_page(page, server, at, rest=False)
                loads.append((time.perf_counter() - began) * 1000)
                page.close()
        output, _ = clients.communicate(timeout=240)
    came = json.loads(output.splitlines()[-1])
    dropped = sum(TOKENS - len(tokens) for tokens in came)
    lags = [seen - sent for tokens in came for sent, seen in tokens]
    what = f"{STREAMS} SSE streams at {PACE} tokens a second"
    return [
        Figure(f"{what}: lag of a token", lags, "ms", 250),
        Figure(f"{what}: tokens dropped", [float(dropped)], "tokens", note="must be 0"),
        Figure(f"{what}: page load meanwhile, cold then warm", loads[1:], "ms", 1500),
    ]


def run(stage: Stage) -> list[Figure]:
    """All of it."""
    return [*lists(stage), *events(stage), *streams(stage)]
