"""A click on a chat with pictures and tables, in turns with one on a chat without."""

from __future__ import annotations

import io
import json
import random
import statistics
import urllib.request

from PIL import Image
from playwright.sync_api import Page

from store import files
from store.database import Database
from store.users import LOCAL_USER
from store.values import SessionKey
from tests.bench.attachments import HEAD, rows
from tests.bench.figures import Figure
from tests.bench.seed import last_words, session_id
from tests.bench.stage import Stage
from tests.bench.watching import click_session, noted, settled
from tests.processes import Server

PLAIN, WITH = (1, 3), (2, 4)
ORDER = [1, 3, 2, 4]  # so that each kind is come to from either kind
PICTURES, TABLES, ROWS = 10, 3, 1_000
ROUNDS, PAUSE_MS, RATIO = 10, 300, 1.5
# After the next click: when nothing runs, the last words are in view, and all is drawn.
WHOLE = """([text, pictures, tables]) => {
  bench.whole = 0
  const all = (on) => [...document.querySelectorAll(`[data-testid="stMain"] ${on}`)]
  const look = () => {
    const small = all('[class*="st-key-pictures-"] img')
    const isDrawn = bench.seen[text]
      && small.length === pictures && small.every((one) => one.complete)
      && all('[data-testid="stDataFrame"]:has(canvas)').length === tables
      && document.querySelector('[data-test-script-state="notRunning"]')
    if (isDrawn) bench.whole = performance.now()
    else requestAnimationFrame(look)
  }
  addEventListener("click", look, { once: true, capture: true })
}"""


def run(stage: Stage) -> list[Figure]:
    """Of 20 messages each; the files are with the last two questions."""
    view: dict[bool, list[float]] = {True: [], False: []}
    whole: dict[bool, list[float]] = {True: [], False: []}
    with stage.server("attached_chat", 50, size=20) as server:
        for number in WITH:
            _attach(server, number)
        with stage.page(server, 0) as page:
            for at in range(len(ORDER) * (ROUNDS + 1)):
                number = ORDER[at % len(ORDER)]
                times = _click(page, number)
                if at >= len(ORDER):
                    view[number in WITH].append(times[0])
                    whole[number in WITH].append(times[1])
    what = f"a switch to a chat with {PICTURES} thumbnails and {TABLES} tables, against without"
    return [_against(f"{what}: in view", view, RATIO), _against(f"{what}: all drawn", whole)]


def _against(what: str, times: dict[bool, list[float]], reach: float | None = None) -> Figure:
    with_, without = statistics.median(times[True]), statistics.median(times[False])
    note = f"{with_:.0f} to {without:.0f} ms"
    return Figure(what, [with_ / without], "×", reach, note=note)


def _click(page: Page, number: int) -> tuple[float, float]:
    """Milliseconds until its last words are in view, and until all of it is drawn."""
    text, has_some = last_words(number), number in WITH
    counts = [PICTURES, TABLES] if has_some else [0, 0]
    page.evaluate(WHOLE, [text, *counts])
    view = click_session(page, number, text)
    page.wait_for_function("() => bench.whole", polling=100)
    whole = noted(page, "whole") - noted(page, "click")
    settled(page)
    page.wait_for_timeout(PAUSE_MS)
    return view, whole


def _attach(server: Server, number: int) -> None:
    """Pictures with the last question but one, tables with the last."""
    head = f"{number},,,,,,,\n".encode()
    ids = [
        [_sent(server.url, "photo.jpg", _photo(number * 100 + at)) for at in range(PICTURES)],
        [_sent(server.url, "t.csv", HEAD + head * (at + 1) + rows(ROWS)) for at in range(TABLES)],
    ]
    database = Database(f"sqlite:///{server.folder / 'parley.db'}")
    database.open()
    place = SessionKey(LOCAL_USER, session_id(number))
    with database.transaction() as db:
        for message_id, file_ids in zip((17, 19), ids, strict=True):
            files.attach(db, place, message_id=message_id, file_ids=file_ids)
    database.close()


def _photo(number: int) -> bytes:
    """As no other one is, and no easier to pack than a photograph."""
    made, points = io.BytesIO(), random.Random(number).randbytes(60 * 40 * 3)
    rough = Image.frombytes("RGB", (60, 40), points)
    rough.resize((1_500, 1_000), Image.Resampling.BICUBIC).save(made, "JPEG")
    return made.getvalue()


def _sent(url: str, name: str, data: bytes) -> str:
    """The id of a file that is sent."""
    headers = {"X-Requested-With": "bench", "Content-Type": "application/octet-stream"}
    request = urllib.request.Request(f"{url}/api/users/me/files?name={name}", data, headers)
    with urllib.request.urlopen(request, timeout=60) as answer:
        return str(json.load(answer)["file_id"])
