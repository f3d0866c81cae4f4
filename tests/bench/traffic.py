"""Bytes to the browser for a long answer, from Enter to the end of the final run."""

from __future__ import annotations

from typing import Any

from playwright.sync_api import Page, WebSocket

from tests.bench.figures import Figure
from tests.bench.stage import Stage, open_page
from tests.bench.watching import send, settled

TOKENS = 10_000
MEGABYTE = 1_000_000
STOP = ".st-key-stop"


def _counted(page: Page) -> list[int]:
    """The bytes that come: WebSocket payloads, and what the API answers."""
    received: list[int] = []
    asked = set()

    def socket(opened: WebSocket) -> None:
        opened.on("framereceived", lambda payload: received.append(len(payload)))

    def request(about: dict[str, Any]) -> None:
        if "/api/" in about["request"]["url"]:
            asked.add(about["requestId"])

    def data(about: dict[str, Any]) -> None:
        if about["requestId"] in asked:
            received.append(about["dataLength"])

    page.on("websocket", socket)
    network = page.context.new_cdp_session(page)
    network.on("Network.requestWillBeSent", request)
    network.on("Network.dataReceived", data)
    network.send("Network.enable")
    return received


def _received(stage: Stage, name: str, pace: int) -> float:
    """In MB."""
    with stage.server(name, 1_000, size=4) as server, stage.context() as context:
        page = context.new_page()
        received = _counted(page)
        open_page(page, server, 0)
        received.clear()
        send(page, f"[[markdown tokens={TOKENS} delay={1 / pace}]]")
        page.wait_for_selector(STOP)
        page.wait_for_selector(STOP, state="detached", timeout=(TOKENS / pace * 2 + 60) * 1_000)
        settled(page)
        page.wait_for_timeout(1_000)
    return sum(received) / MEGABYTE


def measured(stage: Stage, pace: int) -> list[Figure]:
    """At so many tokens a second."""
    what = f"bytes to the browser, {TOKENS:,} Markdown tokens at {pace} a second"
    return [Figure(what, [_received(stage, f"traffic-{pace}", pace)], "MB", 1)]


def run(stage: Stage) -> list[Figure]:
    """At 200 tokens a second."""
    return measured(stage, 200)
