"""1,000 cookies from one address: how many messages get through, and which models are asked."""

from __future__ import annotations

import json
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from http.client import HTTPConnection
from urllib.parse import urlsplit

from tests.bench.figures import Figure
from tests.bench.stage import Stage
from tests.processes import Server

COOKIES, AT_ONCE = 1_000, 8
CAP = 30
LISTED, DEAR = "small-cheap", "gpt-5-pro-most-expensive"
JSON = {"Content-Type": "application/json", "X-Requested-With": "bench", "Prefer": "respond-async"}


class Browser:
    """One that has no cookie, gets one with its first page, and keeps its connection."""

    def __init__(self, server: Server) -> None:
        self._connection = HTTPConnection(urlsplit(server.url).netloc, timeout=60)
        self._cookie = ""

    def ask(
        self, method: str, path: str, body: object = None, headers: Mapping[str, str] | None = None
    ) -> int:
        """The status; a new cookie is kept."""
        known = {"Cookie": self._cookie} if self._cookie else {}
        data = None if body is None else json.dumps(body)
        self._connection.request(method, path, data, {**(headers or {}), **known})
        response = self._connection.getresponse()
        response.read()
        self._cookie = (response.getheader("Set-Cookie") or self._cookie).partition(";")[0]
        return response.status

    def close(self) -> None:
        """Leave."""
        self._connection.close()


def attempt(server: Server, number: int) -> bool:
    """A new guest asks, every second one for a model that nobody listed; whether it was taken."""
    browser = Browser(server)
    browser.ask("GET", "/", headers={"Accept": "text/html"})
    place = f"/api/users/me/sessions/chat-{number}"
    body = {"content": "hi", "new_session": {}} | ({"model": DEAR} if number % 2 else {})
    status = browser.ask("POST", f"{place}/messages", body, JSON)
    if status == 202:
        browser.ask("PATCH", place, {"model": DEAR}, JSON)
        browser.ask("POST", f"{place}/messages", {"content": "again"}, JSON)
    browser.close()
    return status == 202


def run(stage: Stage) -> list[Figure]:
    """Through HTTP, eight at a time."""
    environment = {"PARLEY_AUTH": "guest", "PARLEY_MODEL": LISTED}
    before = len(stage.requests())
    with stage.stopped_server("guests", environment=environment) as server:
        server.start()
        with ThreadPoolExecutor(AT_ONCE) as pool:
            taken = sum(pool.map(lambda number: attempt(server, number), range(COOKIES)))
    asked = [record["body"]["model"] for record in stage.requests()[before:]]
    what = f"{COOKIES:,} guest cookies from one address, every second one asks for another model"
    note = f"{taken} of their first ones"
    return [
        Figure(f"{what}: messages to the model", [len(asked)], "messages", CAP, "max", note),
        Figure(f"the same: models asked, {LISTED} is listed", [len(set(asked))], "models", 1),
    ]
