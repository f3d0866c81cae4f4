"""Six wide files of one guest: what another guest waits for an answer with a tool meanwhile."""

from __future__ import annotations

import json
import statistics
import threading
import time
from http.client import HTTPConnection
from urllib.parse import urlsplit
from urllib.request import urlopen

from tests.bench.figures import Figure
from tests.bench.stage import Stage
from tests.processes import Server

COLUMNS, ROWS, FILES = 20_000, 500, 6
ANSWERS = 12
GUESTS = {
    "PARLEY_AUTH": "guest",
    "PARLEY_GUEST_MESSAGES_PER_HOUR": "100000",
    "PARLEY_GUEST_SESSIONS": "100000",
    "PARLEY_GUEST_ANSWERS_AT_ONCE": "100",
    "PARLEY_OFFLINE_TOKENS_PER_SECOND": "100000",
    "OPENAI_BASE_URL": "",
    "OPENAI_API_KEY": "",
}


class Guest:
    """Somebody with a cookie of their own; each request has its own connection."""

    def __init__(self, server: Server) -> None:
        self._host = urlsplit(server.url).netloc
        with urlopen(server.url) as answer:
            self._cookie = str(answer.headers["Set-Cookie"]).partition(";")[0]

    def post(self, path: str, body: object, accept: str = "text/event-stream") -> bytes:
        """The whole answer."""
        headers = {"Cookie": self._cookie, "Content-Type": "application/json", "Accept": accept}
        client = HTTPConnection(self._host, timeout=300)
        client.request("POST", path, json.dumps(body), {**headers, "X-Requested-With": "bench"})
        answer = client.getresponse()
        found = answer.read()
        assert answer.status < 300, found
        return found

    def answers(self, count: int) -> list[float]:
        """Milliseconds of each, whole."""
        times = []
        for _ in range(count):
            began = time.perf_counter()
            found = self.post("/api/chat/stream", {"message": "What time is it?"})
            times.append((time.perf_counter() - began) * 1000)
            assert b"current_time" in found
        return times


def wide(number: int) -> str:
    """132 kB, each another."""
    head = "text,date," + ",".join(f"c{one}" for one in range(COLUMNS))
    return f"{head}\nHi {number},2024-04-01" + "\nHi,2024-04-02" * (ROWS - 1)


def sent(guest: Guest, number: int, over: threading.Event) -> None:
    """A file again and again."""
    body = {"session_id": f"wide{number}"}
    guest.post("/api/users/me/sessions", body, "application/json")
    file = {"source": "file", "handle": "w", "file_name": "w.csv", "content": wide(number)}
    while not over.is_set():
        guest.post(f"/api/users/me/sessions/wide{number}/profiles", {**file, "again": True})


def run(stage: Stage) -> list[Figure]:
    """Without files, and with."""
    over = threading.Event()
    with stage.stopped_server("files", environment=GUESTS) as server:
        server.start()
        busy, other = Guest(server), Guest(server)
        without = other.answers(ANSWERS + 2)[2:]
        threads = [
            threading.Thread(target=sent, args=(busy, number, over), daemon=True)
            for number in range(FILES)
        ]
        for thread in threads:
            thread.start()
        other.answers(2)
        during = other.answers(ANSWERS)
        over.set()
        for thread in threads:
            thread.join()
    ratio = statistics.median(during) / statistics.median(without)
    note = f"{statistics.median(during):.0f} to {statistics.median(without):.0f} ms"
    what = f"{FILES} files of {COLUMNS:,} columns by one guest: another guest's answer with a tool"
    return [Figure(f"{what}, against without", [ratio], "×", 2, note=note)]
