"""Files that are attached: how soon they can be used, how much memory, and what others feel."""

from __future__ import annotations

import random
import statistics
import threading
import time
import urllib.request
from typing import Any

import psutil

from tests import attached
from tests.bench.figures import Figure
from tests.bench.seed import last_words
from tests.bench.stage import Stage
from tests.bench.watching import click_session, settled

ROWS, RUNS, PAGES, CLICKS = 200_000, 5, 50, 20
MEGABYTE = 1024 * 1024
HEAD = b"id,city,price,amount,day,name,active,note\n"
CITIES = ["Vienna", "Graz", "Linz", "Salzburg", "Innsbruck"]
USABLE, GROWTH_MB, PDF_SECONDS, RATIO = 2, 150, 3, 1.3
NUMBERS = [1, 2, 3, 4]
POLL_SECONDS = 0.02
FILES = "users/me/files?name=a"


def rows(count: int) -> bytes:
    """Of eight columns, always the same."""
    chance = random.Random(5)
    return b"".join(
        f"{at},{chance.choice(CITIES)},{chance.random() * 100:.2f},{chance.randrange(50)},"
        f"2024-{chance.randint(1, 12):02}-{chance.randint(1, 28):02},name{at % 977},"
        f"{'true' if at % 3 else 'false'},\n".encode()
        for at in range(count)
    )


def pdf(number: int) -> bytes:
    """Fifty full pages; each number another file."""
    lines = [f"Line {at} of file {number}, with some words that a page has" for at in range(60)]
    return attached.pdf([lines] * PAGES)


def run(stage: Stage) -> list[Figure]:
    """With nobody else; then what somebody else feels while tables and documents are read."""
    some = rows(ROWS)
    with stage.server("attachments", 50, size=20) as server:
        first = [_sent(server.url, HEAD + some)]
        again = [_sent(server.url, HEAD + f"{at},,,,,,,\n".encode() + some) for at in range(RUNS)]
        watch = _Memory(server.pid)
        large = _sent(server.url, HEAD + some * 10)
        watch.end()
        documents = [_sent(server.url, pdf(at)) for at in range(RUNS)]
        with stage.page(server, 0) as page:
            alone = statistics.median(_clicks(page))
            beside = _beside(server.url, page)
    ratio = statistics.median(beside) / alone
    note = f"{statistics.median(beside):.0f} to {alone:.0f} ms"
    what = f"CSV of {len(some) / 1e6:.0f} MB, {ROWS:,} × 8"
    return [
        Figure(f"{what}: usable, the first of a process", first, "s", USABLE),
        Figure(f"{what}: usable", again, "s", USABLE),
        Figure(f"CSV of {len(some) / 1e5:.0f} MB: usable", [large], "s"),
        Figure("growth of the server meanwhile", [watch.server], "MB", GROWTH_MB),
        Figure("memory of the child", [watch.child], "MB", GROWTH_MB, note=watch.left),
        Figure(f"PDF of {PAGES} pages: text ready", documents, "s", PDF_SECONDS),
        Figure("a switch while files are read, against alone", [ratio], "×", RATIO, note=note),
    ]


class _Memory:
    """The most that a process and its children had, looked at until the end."""

    def __init__(self, pid: int) -> None:
        self._process = psutil.Process(pid)
        self._before = self._process.memory_info().rss
        self._over = threading.Event()
        self.server = self.child = 0.0
        self._thread = threading.Thread(target=self._look)
        self._thread.start()

    def end(self) -> None:
        """Note how many children there are still, and what they have."""
        self._over.set()
        self._thread.join()
        sizes = self._children()
        self.left = f"left: {len(sizes)} with {sum(sizes) / MEGABYTE:.0f} MB"

    def _look(self) -> None:
        while not self._over.wait(POLL_SECONDS):
            grown = self._process.memory_info().rss - self._before
            self.server = max(self.server, grown / MEGABYTE)
            self.child = max(self.child, *(one / MEGABYTE for one in self._children()), 0.0)

    def _children(self) -> list[int]:
        found = []
        for one in self._process.children(recursive=True):
            try:
                found.append(one.memory_info().rss)
            except psutil.Error:
                continue
        return found


def _beside(url: str, page: Any) -> list[float]:
    over = threading.Event()

    def send() -> None:
        number, some = 1_000, rows(ROWS)
        while not over.is_set():
            _sent(url, pdf(number))
            _sent(url, HEAD + f"{number},,,,,,,\n".encode() + some)
            number += 1

    thread = threading.Thread(target=send)
    thread.start()
    try:
        return _clicks(page)
    finally:
        over.set()
        thread.join()


def _clicks(page: Any) -> list[float]:
    """In turn, after one on each to warm up."""
    found = []
    for at in range(len(NUMBERS) + CLICKS):
        number = NUMBERS[at % len(NUMBERS)]
        found.append(click_session(page, number, last_words(number)))
        settled(page)
    return found[len(NUMBERS) :]


def _sent(url: str, data: bytes) -> float:
    """Seconds until a file can be used."""
    headers = {"X-Requested-With": "bench", "Content-Type": "application/octet-stream"}
    request = urllib.request.Request(f"{url}/api/{FILES}", data, headers)
    began = time.perf_counter()
    with urllib.request.urlopen(request, timeout=600) as answer:
        assert answer.status == 201
    return time.perf_counter() - began
