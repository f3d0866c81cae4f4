"""What of an answer is gone after `kill -9` in the middle of it."""

from __future__ import annotations

import random
import re
import sqlite3
import time
from contextlib import closing
from pathlib import Path

from tests.bench.figures import Figure
from tests.bench.seed import session_id
from tests.bench.stage import Stage, open_page
from tests.bench.watching import send, watch
from tests.processes import Server
from tests.waiting import until

KILLS = 12
DIRECTIVE = "[[tokens=2000 delay=0.005 stamped]]"
_STAMP = re.compile(r"t(\d{13})")


def _killed_at(stage: Stage, server: Server, number: int, seconds: float) -> float:
    """Let it answer so long, then kill; the moment in ms."""
    with stage.context() as context:
        page = context.new_page()
        open_page(page, server, number)
        watch(page, "t1")
        send(page, DIRECTIVE)
        page.wait_for_function("() => bench.seen.t1")
        time.sleep(seconds)
        moment = time.time() * 1000
        server.kill()
    return moment


def _newest_stamp(path: Path, number: int) -> float:
    """The sending time of the last whole token that is stored, once it is called interrupted."""
    query = "SELECT content, status FROM messages WHERE session_id = ? ORDER BY id DESC LIMIT 1"

    def interrupted() -> str:
        with closing(sqlite3.connect(path)) as db:
            text, status = db.execute(query, (session_id(number),)).fetchone()
        return str(text) if status == "interrupted" else ""

    return float(_STAMP.findall(until(interrupted))[-1])


def run(stage: Stage) -> list[Figure]:
    """Killed at a random moment of an answer of 200 tokens a second; ms of the stream."""
    dice = random.Random(11)
    lost = []
    with stage.server("losses", 100, size=4) as server:
        for number in range(KILLS):
            moment = _killed_at(stage, server, number, dice.uniform(0.3, 2.0))
            server.start()
            stamp = _newest_stamp(stage.folder / "losses" / "parley.db", number)
            lost.append(max(0.0, moment - stamp))
    return [Figure("text lost on kill -9 in mid-answer", lost, "ms", 250, of="max")]
