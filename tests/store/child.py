"""A second process: `python -m tests.store.child <what> <database URL> …`.

It prints ``ready``, waits for a line, does its work, and prints how it ended.
"""

from __future__ import annotations

import os
import resource
import signal
import subprocess
import sys
from pathlib import Path

from store import answers, messages, sessions
from store.database import Database
from store.errors import StorageUnavailable
from store.users import LOCAL_USER, ensure_local
from store.values import SessionKey
from tests.store.samples import FREE, OWNER, ROOT, exchange, make

MEGABYTE = "x" * 1_000_000
KILOBYTE = "y" * 1_000


class Child:
    """The process, seen from the test."""

    def __init__(self, *arguments: str, before: tuple[str, ...] = ()) -> None:
        command = [*before, sys.executable, "-W", "error", "-m", __name__, *arguments]
        self.process = subprocess.Popen(
            command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )

    def expect(self, line: str) -> None:
        assert self.process.stdout
        assert self.process.stdout.readline().strip() == line

    def go_on(self) -> None:
        assert self.process.stdin
        self.process.stdin.write("\n")
        self.process.stdin.flush()

    def end(self) -> str:
        """What it printed since; it must have ended well."""
        printed, _ = self.process.communicate(timeout=60)
        assert self.process.returncode == 0
        return printed.strip()


def wait(line: str = "ready") -> None:
    print(line, flush=True)
    sys.stdin.readline()


def start(url: str) -> None:
    """Come up on a database that may not be there yet."""
    wait()
    database = Database(url)
    database.open()
    with database.transaction() as db:
        ensure_local(db)
        exchange(db, make(db, user_id=LOCAL_USER))
    database.close()


def ask(url: str, user_id: str, session_id: str, name: str, count: str) -> None:
    """Send many questions into one session, one after the other."""
    database = Database(url)
    database.open()
    wait()
    for number in range(int(count)):
        with database.transaction() as db:
            answers.ask(
                db,
                SessionKey(user_id, session_id),
                content=f"{name} {number}",
                owner=OWNER,
                may=FREE,
            )
    database.close()


def fill(url: str, user_id: str, session_id: str) -> None:
    """Write until files may not grow any more, then again when they may."""
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    database = Database(url)
    database.open()
    most = Path(url.removeprefix("sqlite:///")).stat().st_size + 4_000_000
    _, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (most, hard))
    place = SessionKey(user_id, session_id)
    _write_until_full(database, place)
    wait("full")
    with database.transaction() as db:
        exchange(db, place, MEGABYTE, "after")
    database.close()


def _write_until_full(database: Database, place: SessionKey) -> None:
    stored = 0
    for _ in range(1000):
        try:
            with database.transaction() as db:
                exchange(db, place, MEGABYTE, KILOBYTE)
            stored += 2
        except StorageUnavailable as error:
            if "disk space" not in error.fix:
                raise
            break
    else:
        raise AssertionError("the disk never was full")
    with database.reading() as db:
        session = sessions.get(db, place)
        found = messages.window(db, place, leaf_id=session.active_leaf_id, limit=10_000)
    assert stored > 0
    assert [message.content for message in found] == [MEGABYTE, KILOBYTE] * (stored // 2)
    assert session.message_count == stored


def mounted(folder: str) -> None:
    """In a mount namespace of its own: a small disk that is full, then read-only, then mended."""
    run = ["mount", "-t", "tmpfs", "-o", "size=6m", "tmpfs", folder]
    subprocess.run(run, check=True)
    database = Database(f"sqlite:///{folder}/parley.db")
    database.open()
    with database.transaction() as db:
        ensure_local(db)
        place = make(db, user_id=LOCAL_USER)
    _write_until_full(database, place)
    subprocess.run(["mount", "-o", "remount,size=60m", folder], check=True)
    with database.transaction() as db:
        exchange(db, place, MEGABYTE, "after the full disk")
    database.close()
    subprocess.run(["mount", "-o", "remount,ro", folder], check=True)
    try:
        with database.transaction() as db:
            exchange(db, place, "on a read-only disk")
    except StorageUnavailable as error:
        print(error.fix)
    database.close()
    subprocess.run(["mount", "-o", "remount,rw", folder], check=True)
    with database.transaction() as db:
        exchange(db, place, "last", "after the read-only disk")
        print(sessions.get(db, place).preview)
    database.close()


if __name__ == "__main__":
    os.chdir(ROOT)
    {"start": start, "ask": ask, "fill": fill, "mounted": mounted}[sys.argv[1]](*sys.argv[2:])
