"""A process that is starting: its port answers, its database is not open yet.

What holds it up here is another program that writes to the database.
"""

from __future__ import annotations

import re
import signal
import socket
import sqlite3
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from pathlib import Path
from urllib.request import Request, urlopen

import pytest

from chat.agent.offline import OFFLINE_MODEL
from chat.server.startup import HEALTH, TERMINATED
from chat.server.three_lines import CONNECT
from tests.doors.conftest import METRICS_TOKEN
from tests.page_reader import read_page
from tests.processes import Server
from tests.waiting import until

STCORE = "/_stcore/health"
GUEST = {"PARLEY_AUTH": "guest"}
OFFLINE = f"Model: {OFFLINE_MODEL}, which is built in and no AI; {CONNECT}"
UPGRADE = "".join(
    f"{line}\r\n"
    for line in (
        *("Upgrade: websocket", "Connection: Upgrade", "Sec-WebSocket-Version: 13"),
        f"Sec-WebSocket-Key: {'A' * 22}==",
    )
)


@contextmanager
def held_up(folder: Path) -> Iterator[None]:
    """In the block nobody else can write to the database of a server in that folder."""
    (folder / "data").mkdir()
    with closing(sqlite3.connect(folder / "data" / "parley.db", isolation_level=None)) as other:
        other.execute("PRAGMA journal_mode=WAL")
        other.execute("BEGIN IMMEDIATE")
        yield


def get(address: str) -> tuple[int, str, str]:
    """Status, cookie and text."""
    with urlopen(Request(address, headers={"Accept": "text/html"}), timeout=30) as answer:
        return answer.status, answer.headers.get("Set-Cookie", ""), answer.read().decode()


def go_away(server: Server, path: str, headers: str = "") -> None:
    """Ask for something and do not wait for the answer."""
    with socket.create_connection(("127.0.0.1", server.port)) as connection:
        asked = f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{server.port}\r\n{headers}\r\n"
        connection.sendall(asked.encode())


def lines(server: Server) -> list[str]:
    """The three of the last start: the third comes when the parts have been there for a while."""
    starts = re.compile(r"^.* INFO parley ((?:Data|Who may come in|Model): .*)$", re.MULTILINE)
    return until(lambda: found[-3:] if (found := starts.findall(server.log))[2::3] else [])


def test_whoever_comes_early_waits_and_is_answered(tmp_path: Path) -> None:
    server = Server(tmp_path, GUEST, health=STCORE)
    with ThreadPoolExecutor(4) as pool, held_up(tmp_path):
        server.start()
        go_away(server, "/api/personas")
        go_away(server, "/")
        go_away(server, "/_stcore/stream", UPGRADE)
        health = pool.submit(get, f"{server.url}/api/health")
        page = pool.submit(get, f"{server.url}/manage")
        personas = pool.submit(get, f"{server.url}/api/openapi.json")
        drawn = pool.submit(read_page, server.url)
        assert get(server.url + STCORE)[0] == 200
        assert not any(one.done() for one in (health, page, personas, drawn))
    try:
        status, _, text = health.result()
        assert (status, '"database":"ok"' in text) == (200, True)
        status, cookie, text = page.result()
        assert (status, cookie.startswith("parley_guest="), "<html" in text) == (200, True, True)
        assert personas.result()[0] == 200
        assert drawn.result().has("Parley")
        assert get(f"{server.url}/api/health")[0] == 200
    finally:
        server.stop()
    assert "Traceback" not in server.log
    assert "ERROR" not in server.log


def test_it_can_be_ended_meanwhile(tmp_path: Path) -> None:
    server = Server(tmp_path, health=STCORE)
    with held_up(tmp_path):
        server.start()
        go_away(server, "/api/health")
        go_away(server, "/_stcore/stream", UPGRADE)
        server.stop()
        assert server.returned == TERMINATED
    server.health = HEALTH[1]
    server.start()  # nothing holds the database
    said = lines(server)
    server.stop()
    assert server.returned == -signal.SIGTERM
    assert "Traceback" not in server.log
    place = tmp_path / "data"
    assert said == [
        f"Data: {place / 'parley.db'}; files in {place / 'files'}; backups not by itself "
        "(PARLEY_BACKUPS names a folder)",
        "Who may come in: whoever uses this computer, without a login (PARLEY_AUTH lets others in)",
        OFFLINE,
    ]


def test_a_start_says_who_may_come_in(server: Server, guest_server: Server) -> None:
    before = "Who may come in: people with a password, and nobody else (registration closed)"
    assert lines(server)[1:] == [f"{before}; under any name (PARLEY_HOSTS)", OFFLINE]
    assert "Setup code: " in server.log
    before = "Who may come in: everybody, each browser as a guest of its own"
    assert lines(guest_server)[1:] == [f"{before}; under any name (PARLEY_HOSTS)", OFFLINE]
    assert METRICS_TOKEN not in guest_server.log


@pytest.mark.parametrize(
    ("environment", "sentence"),
    [
        ({"PARLEY_TRASH_DAYS": "soon"}, "PARLEY_TRASH_DAYS must be a whole number"),
        ({"PARLEY_PROFILE_SOURCE": "nowhere"}, "PARLEY_PROFILE_SOURCE must be "),
        ({"PARLEY_DATABASE_URL": "sqlite:////dev/null/parley.db"}, "The database /dev/null/"),
    ],
)
def test_what_cannot_start_ends_with_a_sentence(
    environment: dict[str, str], sentence: str, tmp_path: Path
) -> None:
    server = Server(tmp_path, environment)
    with pytest.raises(AssertionError, match="the server did not start"):
        server.start()
    assert server.returned == 2
    assert f"Parley cannot start. {sentence}" in server.log
    assert "Traceback" not in server.log
