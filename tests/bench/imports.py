"""An import of 100,000 messages in ChatGPT's form: how fast, how large, and what others feel."""

from __future__ import annotations

import json
import statistics
import time
import urllib.request
from collections.abc import Callable
from typing import Any

import psutil

from tests.bench.figures import Figure
from tests.bench.seed import PARAGRAPH, last_words, session_id
from tests.bench.stage import Stage
from tests.bench.watching import click_session, settled

CHATS, MESSAGES = 1_000, 100
SENT_BESIDE = 300
"""Chats of the import beside which somebody sends."""
CLICKS, SENDS = 20, 40
SEND_MS = 100
MEGABYTE = 1024 * 1024
SPEED, RATIO, GROWTH_MB = 5_000, 1.5, 100
POLL_SECONDS = 0.25
NUMBERS = [1, 2, 3, 4]


def export(first: int = 0, chats: int = CHATS) -> bytes:
    """A list of conversations, each one branch."""
    return b"[" + b",".join(map(_conversation, range(first, first + chats))) + b"]"


def _conversation(number: int) -> bytes:
    mapping: dict[str, Any] = {}
    above = None
    for at in range(MESSAGES):
        name = f"node-{number}-{at}"
        author = {"role": "assistant" if at % 2 else "user", "name": None, "metadata": {}}
        content = {"content_type": "text", "parts": [f"{at}: {PARAGRAPH * (1 + at % 4)}"]}
        message = {"id": name, "author": author, "create_time": 1.6e9 + number * 1e4 + at}
        message |= {"content": content, "status": "finished_successfully", "recipient": "all"}
        message |= {"metadata": {"model_slug": "gpt-4o"}, "weight": 1.0, "end_turn": True}
        mapping[name] = {"id": name, "parent": above, "children": [], "message": message}
        above = name
    whole = {"title": f"Imported {number}", "create_time": 1.6e9, "mapping": mapping}
    return json.dumps({**whole, "current_node": above, "id": f"c-{number}"}).encode()


def run(stage: Stage) -> list[Figure]:
    """Messages per second with nobody else; then clicks, and sends, of somebody beside others."""
    with stage.server("imports", 1_000, size=20) as server:
        process = psutil.Process(server.pid)
        before = _memory(process)
        data = export()
        peaks = [before]
        seconds = _imported(server.url, data, lambda: peaks.append(_memory(process)))
        again = _imported(server.url, data, lambda: peaks.append(_memory(process)))
        with stage.page(server, 0) as page:
            for number in NUMBERS:
                click_session(page, number, last_words(number))
            alone = statistics.median(_clicks(page, CLICKS))
            beside: list[float] = []
            clicked = _imported(
                server.url, export(CHATS), lambda: beside.extend(_clicks(page, 1)), wait=False
            )
        sends = statistics.median(_sent(server.url) for _ in range(SENDS))
        sent: list[float] = []
        third = export(2 * CHATS, SENT_BESIDE)
        _imported(server.url, third, lambda: sent.append(_sent(server.url)), wait=False)
    count = CHATS * MESSAGES
    what = f"import of {count:,} messages ({len(data) / MEGABYTE:.0f} MB)"
    speed, slower = f"{count / seconds:,.0f} a second", f"{count / clicked:,.0f} a second"
    return [
        Figure(what, [seconds], "s", count / SPEED, note=f"{speed}, again {again:.0f} s"),
        Figure("growth of the process meanwhile", [max(peaks) - before], "MB", GROWTH_MB),
        Figure(f"{what} while somebody clicks", [clicked], "s", note=slower),
        Figure("a switch meanwhile", beside, "ms", RATIO * alone, note=f"alone {alone:.0f}"),
        Figure(
            "a message kept over the API while others' are imported",
            sent,
            "ms",
            sends + SEND_MS,
            note=f"alone {sends:.0f}, longest {max(sent):.0f}",
        ),
    ]


def _imported(url: str, data: bytes, meanwhile: Callable[[], None], wait: bool = True) -> float:
    """Seconds that it took; what is done meanwhile is done at each look."""
    path = f"{url}/api/users/me/import"
    began = time.monotonic()
    import_id = _ask(path, data)["import_id"]
    while (found := _ask(f"{path}/{import_id}"))["state"] == "running":
        meanwhile()
        if wait:
            time.sleep(POLL_SECONDS)
    assert found["state"] == "done", found
    return time.monotonic() - began


def _memory(process: psutil.Process) -> float:
    return float(process.memory_info().rss / MEGABYTE)


def _clicks(page: Any, count: int) -> list[float]:
    found = []
    for _ in range(count):
        number = NUMBERS[0]
        NUMBERS.append(NUMBERS.pop(0))
        found.append(click_session(page, number, last_words(number)))
        settled(page)
    return found


def _sent(url: str) -> float:
    """Milliseconds until a message without an answer is stored."""
    path = f"{url}/api/users/me/sessions/{session_id(NUMBERS[0])}/messages"
    began = time.perf_counter()
    _ask(path, json.dumps({"content": "Noted.", "answer": False, "role": "user"}).encode())
    return (time.perf_counter() - began) * 1000


def _ask(url: str, data: bytes | None = None) -> Any:
    headers = {"X-Requested-With": "bench"}
    if data and data.startswith(b"{"):
        headers["Content-Type"] = "application/json"
    request = urllib.request.Request(url, data, headers)
    with urllib.request.urlopen(request, timeout=600) as answer:
        return json.load(answer)
