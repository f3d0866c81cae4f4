"""A backup of 1 GB while 20 people write: what they feel, and how soon it can be brought back."""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

from sqlalchemy import insert

from store.database import Database
from store.tables import messages, sessions
from store.types import utc_now
from store.users import LOCAL_USER
from tests.bench.figures import Figure
from tests.bench.seed import PARAGRAPH, session_id
from tests.bench.stage import Stage
from tests.processes import ROOT, Server

CHATS, MESSAGES, TEXT = 1_250, 200, PARAGRAPH * 24
"""A gigabyte, in messages of 4 KB."""
PEOPLE, PAUSE_SECONDS = 20, 1.0
ALONE_SECONDS, TURNS = 20.0, 2
RATIO, RESTORE_SECONDS = 1.5, 60


def fill(path: Path) -> None:
    """Chats behind those that are written in."""
    database, now = Database(f"sqlite:///{path}"), utc_now() - timedelta(days=1)
    for number in range(CHATS):
        key = {"user_id": LOCAL_USER, "session_id": f"old-{number}"}
        row = {**key, "title": f"Old {number}", "message_count": MESSAGES}
        row |= {"active_leaf_id": MESSAGES, "next_number": MESSAGES + 1}
        row |= {"created_at": now, "last_activity_at": now}
        rows = [
            {
                **key,
                "id": at,
                "parent_id": at - 1 or None,
                "depth": at,
                "role": "user" if at % 2 else "assistant",
                "content": f"{number}-{at} {TEXT}",
                "created_at": now,
            }
            for at in range(1, MESSAGES + 1)
        ]
        with database.transaction() as db:
            db.execute(insert(sessions), [row])
            db.execute(insert(messages), rows)
    database.close()


def run(stage: Stage) -> list[Figure]:
    """Alone and beside a backup, in turns; then one is brought back to another place."""
    with stage.stopped_server("backups", PEOPLE, size=4) as server:
        path = server.folder / "parley.db"
        fill(path)
        server.start()
        sent: dict[bool, list[float]] = {False: [], True: []}
        took: list[float] = []
        with _people(server) as times:
            for _ in range(TURNS):
                times.clear()
                time.sleep(ALONE_SECONDS)
                sent[False] += times
                times.clear()
                took.append(_command("backup", str(server.folder / "kept"), "--from", str(path)))
                sent[True] += times
    place = server.folder / "again" / "parley.db"
    back = [_command("restore", str(server.folder / "kept"), "--to", str(place))]
    alone, beside = (statistics.median(sent[at]) for at in (False, True))
    note = f"{beside:.0f} to {alone:.0f} ms, n={len(sent[True])}, longest {max(sent[True]):.0f}"
    size = path.stat().st_size / 1e9
    return [
        Figure(
            f"{PEOPLE} people's sends beside a backup, against alone",
            [beside / alone],
            "×",
            RATIO,
            note=note,
        ),
        Figure(f"backup of {size:.2f} GB, restored and checked, beside them", took, "s"),
        Figure("restore of it, checked", back, "s", RESTORE_SECONDS),
    ]


@contextmanager
def _people(server: Server) -> Iterator[list[float]]:
    """Each in a chat of their own; milliseconds of each send, until it is stored."""
    over, times = threading.Event(), list[float]()
    people = [
        threading.Thread(target=_write, args=(server.url, number, over, times))
        for number in range(PEOPLE)
    ]
    for one in people:
        one.start()
    try:
        yield times
    finally:
        over.set()
        for one in people:
            one.join()


def _write(url: str, number: int, over: threading.Event, times: list[float]) -> None:
    over.wait(number * PAUSE_SECONDS / PEOPLE)
    while not over.is_set():
        body = json.dumps({"content": "[[tokens=20 delay=0.01]] And now?"}).encode()
        headers = {"X-Requested-With": "bench", "Content-Type": "application/json"}
        headers["Prefer"] = "respond-async"
        address = f"{url}/api/users/me/sessions/{session_id(number)}/messages"
        began = time.perf_counter()
        with urllib.request.urlopen(urllib.request.Request(address, body, headers)) as answer:
            answer.read()
        times.append((time.perf_counter() - began) * 1000)
        over.wait(PAUSE_SECONDS)


def _command(name: str, *given: str) -> float:
    """Seconds that it takes."""
    began = time.perf_counter()
    addressed = [f"sqlite:///{one}" if one.endswith(".db") else one for one in given]
    subprocess.run([sys.executable, "-m", f"store.{name}", *addressed], cwd=ROOT, check=True)
    return time.perf_counter() - began
