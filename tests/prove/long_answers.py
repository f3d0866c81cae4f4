"""An answer of three minutes with long silences, behind the README's proxies: page and stream.

In both proxies at the same time one person looks at the page and another reads the stream of the
API. Nothing may be cut: one WebSocket, one stream, all words.
"""

from __future__ import annotations

import http.client
import json
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from playwright.sync_api import Browser, expect

from tests.browser.chat_tab import ChatTab
from tests.browser.conftest import USUAL
from tests.browser.hosted.proxies import caddy, nginx, running, unchecked
from tests.model_script import Pause, Script, Text
from tests.processes import Server, free_port
from tests.scripted_model import ScriptedModel

PROXIES = {"nginx": nginx, "caddy": caddy}
SILENCES = (15, 75, 75, 20)
"""In seconds; nginx by itself gives up after 60."""
LEAST, ROOM = 180, 60
GUESTS = {"PARLEY_AUTH": "guest", "PARLEY_TRUSTED_PROXIES": "127.0.0.1"}


@dataclass(frozen=True)
class Followed:
    """How an answer was followed: until when, how often connected, the longest time of nothing."""

    how: str
    text: str
    seconds: float
    connections: int
    silence: float | None = None

    @property
    def holds(self) -> bool:
        """Whether it came whole, without a cut, and was long enough to prove that."""
        return (self.text, self.connections) == (whole(), 1) and self.seconds >= LEAST

    def __str__(self) -> str:
        silent = "" if self.silence is None else f", at most {self.silence:.1f} s of nothing"
        said = "whole" if self.text == whole() else f"cut to {self.text!r}"
        return (
            f"{self.how}: {said} after {self.seconds:.1f} s, {self.connections} connected{silent}"
        )


def whole() -> str:
    """The text of the answer."""
    return " ".join(f"w{number}" for number in range(len(SILENCES) + 1))


def script() -> Script:
    """One word, and another after each silence."""
    steps: list[Text | Pause] = [Text("w0")]
    for number, seconds in enumerate(SILENCES, 1):
        steps += [Pause(seconds), Text(f" w{number}")]
    return Script(steps)


def run(browser: Browser, folder: Path, model: ScriptedModel) -> Iterator[Followed]:
    """Behind each proxy the page and the stream, all four at the same time."""
    environment = GUESTS | {"OPENAI_BASE_URL": model.base_url}
    with ExitStack() as stack:
        (folder / "parley").mkdir(parents=True)
        server = stack.enter_context(Server(folder / "parley", environment))
        urls = {}
        for name, make in PROXIES.items():
            (folder / name).mkdir()
            site = {free_port(): server.url.removeprefix("http://")}
            [urls[name]] = stack.enter_context(running(make, folder / name, site))
        model.queue(*(script() for _ in range(2 * len(urls))))
        pool = stack.enter_context(ThreadPoolExecutor(len(urls)))
        streams = [pool.submit(_stream, name, url) for name, url in urls.items()]
        yield from _pages(browser, urls)
        yield from (stream.result() for stream in streams)


def _pages(browser: Browser, urls: dict[str, str]) -> Iterator[Followed]:
    opened = {}
    for name, url in urls.items():
        context = browser.new_context(**USUAL, ignore_https_errors=True)
        chat, sockets = ChatTab(context.new_page(), url), list[str]()
        chat.page.on("websocket", lambda socket, found=sockets: found.append(socket.url))
        chat.open()
        chat.send("How long does it take?")
        opened[name] = chat, sockets, time.monotonic()
    patience = (sum(SILENCES) + ROOM) * 1000
    for chat, _, _ in opened.values():  # as it is written
        expect(chat.body(chat.answers.last).first).to_have_text("w0", timeout=SILENCES[0] * 1000)
    for name, (chat, sockets, began) in opened.items():
        text = chat.body(chat.answers.last).first
        expect(text).to_have_text(whole(), timeout=patience)
        seconds = time.monotonic() - began
        yield Followed(f"{name}, page", text.inner_text(), seconds, len(sockets))
        chat.page.context.close()


def _stream(name: str, url: str) -> Followed:
    parts = urlsplit(url)
    connection = http.client.HTTPSConnection(
        parts.hostname or "", parts.port, timeout=ROOM, context=unchecked()
    )
    connection.request("GET", "/", headers={"Accept": "text/html"})
    answer = connection.getresponse()
    answer.read()
    known = answer.headers["Set-Cookie"].partition(";")[0]
    headers = {"Cookie": known, "X-Requested-With": "prove", "Content-Type": "application/json"}
    connection.request("POST", "/api/chat/stream", '{"message": "How long?"}', headers)
    began = last = time.monotonic()
    silence, text = 0.0, ""
    with connection.getresponse() as stream:
        while line := stream.readline():
            now = time.monotonic()
            silence, last = max(silence, now - last), now
            if line.startswith(b"data: "):
                event = json.loads(line[6:])
                text += event["content"] if event["type"] == "token" else ""
                if event["type"] == "done":
                    break
    connection.close()
    return Followed(f"{name}, stream", text, last - began, 1, silence)
