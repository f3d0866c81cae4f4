"""A local server with accounts, in the shapes of Bluesky, Mastodon, X (API v2) and feeds.

``with SocialServer() as server: server.add("a", posts=[post("Hello")])`` and the settings of
``server.settings()``; feeds are at ``server.url + "/rss/a"`` and ``"/atom/a"``. ``requests`` counts
by account; `fail` makes the next requests fail, ``fails_after = 2`` all but the first two;
``gate.clear()`` holds all until ``gate.set()``.
"""

from __future__ import annotations

import json
import threading
from collections import Counter
from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self
from urllib.parse import parse_qs, urlsplit

from tests import social_shapes as shapes

TOKEN = "x-token-0123456789"
NOON = datetime(2024, 5, 1, 12, tzinfo=UTC)
WAIT_SECONDS = 20.0

Answer = tuple[int, bytes, dict[str, str]]


def post(text: str = "Hello", **more: Any) -> dict[str, Any]:
    """A post for `SocialServer.add`; any of ``id, at, likes, reposts, replies, views, lang``,
    ``repost`` and ``links``.
    """
    return {"text": text, **more}


class SocialServer:
    """The server in threads, on a free port of 127.0.0.1; a context manager."""

    def __init__(self) -> None:
        self.accounts: dict[str, dict[str, Any]] = {}
        self.requests: Counter[str] = Counter()
        self.asked: list[str] = []
        self.headers: list[Mapping[str, str]] = []
        self.answers: dict[str, bytes] = {}
        self.gate = threading.Event()
        self.gate.set()
        self.fails_after: int | None = None
        self._failures: list[tuple[int, dict[str, str]]] = []
        social = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                social.headers.append({name.lower(): value for name, value in self.headers.items()})
                status, body, headers = social.answer(self.path)
                self.send_response(status)
                for name, value in headers.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                with suppress(ConnectionError):  # the client did not wait
                    self.wfile.write(body)

            def log_message(self, *_: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self._thread = threading.Thread(
            target=self._server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True
        )
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.gate.set()
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def reset(self) -> None:
        """Forget accounts, requests and failures, for the next test."""
        self.accounts, self.requests, self.answers = {}, Counter(), {}
        self.asked, self.headers, self._failures = [], [], []
        self.fails_after = None
        self.gate.set()

    def settings(self) -> dict[str, Any]:
        """What `Settings` need so that all sources are here; X's token is not among them."""
        return {
            "bluesky_url": self.url,
            "mastodon_url": self.url,
            "x_url": f"{self.url}/2",
            "private_addresses": True,
        }

    def add(self, handle: str, *, posts: Sequence[Mapping[str, Any]] = (), **about: Any) -> None:
        """An account, with any of ``name, description, followers``; posts newest first.

        A post without a time is an hour older than the one before, the first one of NOON.
        """
        whole = [
            {"id": f"{handle}-{number}", "at": NOON - timedelta(hours=number), **one}
            for number, one in enumerate(posts, 1)
        ]
        self.accounts[handle] = {
            "handle": handle,
            "name": handle.title(),
            "description": f"I am {handle}.",
            "followers": 42,
            **about,
            "posts": whole,
        }

    def fail(self, status: int, times: int = 1, **headers: str) -> None:
        """The next requests get this status; ``retry_after="1"`` is a header."""
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        self._failures += [(status, sent)] * times

    def answer(self, target: str) -> Answer:
        """Status, body and headers for a path with its query."""
        self.asked.append(target)
        parts = urlsplit(target)
        query = {name: values[0] for name, values in parse_qs(parts.query).items()}
        found = self._account(parts.path, query)
        if found:
            self.requests[found["handle"]] += 1
        self.gate.wait(WAIT_SECONDS)
        if self._failures:
            status, headers = self._failures.pop(0)
            return status, b'{"error": "not now"}', headers
        if self.fails_after is not None and len(self.asked) > self.fails_after:
            return 503, b"", {}
        if parts.path in self.answers:
            return 200, self.answers[parts.path], {}
        place = parts.path.strip("/").split("/")
        if place[0] in ("rss", "atom") and found:
            feed = shapes.rss(found) if place[0] == "rss" else shapes.atom(found)
            return 200, feed, {"Content-Type": "application/xml"}
        reader = {"xrpc": shapes.bluesky, "api": shapes.mastodon, "2": shapes.x}.get(place[0])
        status, value = reader(place, query, found) if reader else (404, {"error": "Not Found"})
        return status, json.dumps(value).encode(), {"Content-Type": "application/json"}

    def _account(self, path: str, query: Mapping[str, str]) -> dict[str, Any] | None:
        """By the handle, or by the id, which is "id-" and the handle."""
        pieces = path.strip("/").split("/")
        names = [query.get("actor", ""), query.get("acct", ""), *pieces]
        for name in names:
            short = name.removeprefix("id-").removesuffix(".bsky.social")
            for handle in (name, short):
                if handle in self.accounts:
                    return self.accounts[handle]
        return None
