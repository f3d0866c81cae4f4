"""What the worst texts cost: others meanwhile, a page view of one, and a live answer."""

from __future__ import annotations

import asyncio
import logging
import sqlite3
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from typing import cast
from urllib.request import urlopen

from chat.event_log import EventLog
from chat.events import Event, Token
from chat.turns.turn import Turn
from chat.turns.viewer import LocalViewer
from chat.ui.chat import message_view
from chat.ui.chat.live_drawing import Drawing
from store.metadata import MessageMetadata
from store.types import utc_now
from store.values import Message, SessionKey
from tests.bench.figures import Figure
from tests.bench.seed import PARAGRAPH, session_id
from tests.bench.stage import Stage
from tests.bench.tab import Tab
from tests.processes import Server

MESSAGES, SPACES = 6, 7_900
VIEWS = 20
WORST = 100_000
TRIES = 5
KINDS = {
    **{repr(sign): sign for sign in (" ", "[", "]", "`", "$", "|", ">", "<", "\\", "![")},
    **{repr(unit): unit for unit in ("| ", "> ", "- ", "$a", "`a", "[a](", "a->b ", ":a:")},
    **{
        repr(line): line
        for line in ("- a\n", "> ```\n", "| a |\n", "$$\n", "```\n", " " * 99 + "\n")
    },
}
ANSWER, PIECE, AT_ONCE, VIEWERS = 16_000, 7, 4, 5
ANSWERS = {
    "short lines": "a line\n",
    "paragraphs": PARAGRAPH * 3 + "\n\n",
    "code": "    return x\n",
    "spaces": " " * 2_990 + "\n",
}


def run(stage: Stage) -> list[Figure]:
    """All three."""
    logging.disable(logging.WARNING)  # of Streamlit, that this is no run of a page
    try:
        return [*_others(stage), _page_view(), *_live()]
    finally:
        logging.disable(logging.NOTSET)


def _others(stage: Stage) -> list[Figure]:
    """Health, asked again and again while the page is opened; and with usual texts, to compare."""
    with stage.stopped_server("texts", 10, sizes={0: MESSAGES, 1: MESSAGES}) as server:
        database = sqlite3.connect(server.folder / "parley.db")
        with closing(database), database:
            database.execute(
                "UPDATE messages SET content = ? WHERE session_id = 'bench-00000'", (" " * SPACES,)
            )
        server.start()
        _meanwhile(server, 2)  # what first views take, here and there, is not meant
        spaces, usual = (_meanwhile(server, number) for number in (0, 1))
    what = f"page view of {MESSAGES} messages"
    return [
        Figure(f"{what} of {SPACES:,} spaces: others' health", spaces, "ms", 50, of="max"),
        Figure(f"{what} of the usual kind: the same", usual, "ms", of="max"),
    ]


def _meanwhile(server: Server, number: int) -> list[float]:
    """The page is opened by the protocol: a browser would take the processor from the server."""
    took: list[float] = []
    with ThreadPoolExecutor(1) as pool:  # the browser's library has an event loop in this thread
        viewing = pool.submit(lambda: [asyncio.run(_viewed(server, number)) for _ in range(VIEWS)])
        while not viewing.done():
            time.sleep(0.01)
            began = time.perf_counter()
            with urlopen(f"{server.url}/api/health") as answer:
                answer.read()
            took.append((time.perf_counter() - began) * 1000)
        viewing.result()
    return took


async def _viewed(server: Server, number: int) -> None:
    tab = Tab(server.url, f"session={session_id(number)}", lambda text: None)
    following = asyncio.create_task(tab.follow())
    await tab.idle.wait()
    following.cancel()
    await asyncio.wait([following])


def _page_view() -> Figure:
    """Processor time of what draws a message, the least of a few; the worst kind counts."""
    spent = {}
    for name, unit in KINDS.items():
        message = _message((unit * (WORST // len(unit) + 1))[:WORST])
        spent[name] = min(_seconds(message) for _ in range(TRIES)) * 1000
    worst = max(spent, key=lambda name: spent[name])
    what = f"page view of the worst {WORST:,} characters"
    return Figure(what, list(spent.values()), "ms", 150, of="max", note=f"worst {worst}")


def _seconds(message: Message) -> float:
    began = time.thread_time()
    message_view.body(message)
    return time.thread_time() - began


def _message(text: str) -> Message:
    return Message("s", 1, None, 1, "user", text, "complete", [], MessageMetadata(), utc_now())


def _live() -> list[Figure]:
    """Processor time for each event, where all that was read is drawn at once."""
    figures = []
    for name, unit in ANSWERS.items():
        alone = min(_drawn(unit, 1) for _ in range(TRIES))
        together = min(_drawn(unit, VIEWERS) for _ in range(TRIES))
        what = f"drawing a live answer of {name} in pieces of {PIECE}, an event"
        figures.append(Figure(what, [alone], "ms", 0.3))
        more = (together - alone) / (VIEWERS - 1)
        figures.append(Figure("the same for each viewer more", [more], "ms"))
    return figures


def _drawn(unit: str, viewers: int) -> float:
    text = (unit * (ANSWER // len(unit) + 1))[:ANSWER]
    events: list[Event] = [Token(text[at : at + PIECE]) for at in range(0, ANSWER, PIECE)]
    turn = _Turn()
    watching = [LocalViewer(cast(Turn, turn)) for _ in range(viewers)]
    drawings = [Drawing(viewer, SessionKey("x", "x")) for viewer in watching]
    spent = 0.0
    for at in range(0, len(events), AT_ONCE):
        for event in events[at : at + AT_ONCE]:
            turn.log.append(event)
        began = time.thread_time()
        for viewer, drawing in zip(watching, drawings, strict=True):
            drawing.take(viewer.read(0), viewers, at_once=True)
        spent += time.thread_time() - began
    return spent / len(events) * 1000


class _Turn:
    """What a viewer needs of one."""

    prefix = ""

    def __init__(self) -> None:
        self.log = EventLog()
