"""Which process writes an answer, and whether that process is still there.

A name is ``place/pid/start/chance``. Only whoever is at the same place, where pids mean the same,
can look for the process; its start, in seconds since 1970, tells it from another one that got its
pid later, and chance makes each name another one wherever it is.
"""

import hashlib
import os
import re
import secrets
import socket
import sys
import uuid
from datetime import timedelta
from functools import cache
from pathlib import Path

import psutil

SILENT = timedelta(seconds=30)
CLOCK_SECONDS = 2.0
"""By so much a start may differ between two readings: whole seconds go into it, and the clock is
set a little now and then."""
_HERE = re.compile(r"(?P<pid>\d{1,9})/(?P<start>\d{1,12}\.\d{1,6})/[0-9a-f]{16}")
_BOOT = Path("/proc/sys/kernel/random/boot_id")
_PIDS = Path("/proc/self/ns/pid")


def owner_name(pid: int | None = None) -> str:
    """A new name for this process, or for another one that runs at the same place."""
    process = psutil.Process(pid)
    return f"{place()}/{process.pid}/{process.create_time():.2f}/{secrets.token_hex(8)}"


@cache
def place() -> str:
    """Where pids mean the same: this start of this machine, and this container of it.

    Containers and machines can have one host name in common. Where it cannot be told, nobody else
    is here.
    """
    parts = [socket.gethostname()]
    try:
        if sys.platform == "linux":
            parts += [_BOOT.read_text(), str(_PIDS.readlink())]
        else:
            parts.append(str(uuid.getnode()))
    except OSError:
        parts.append(secrets.token_hex(8))
    return hashlib.sha256("/".join(parts).encode()).hexdigest()[:16]


def is_gone(owner: str, silent: timedelta) -> bool:
    """Whether the process ended; what lives at this place is there, however silent.

    Silence counts where it cannot be looked for: for processes elsewhere, for a pid that now
    another process has, or so it seems after the clock was set, and for names of other versions.
    Whoever lives is never silent so long: see the heartbeat of `chat.turns.runner`.
    """
    is_silent = silent > SILENT
    where, _, rest = owner.partition("/")
    known = _HERE.fullmatch(rest)
    if known is None or where != place():
        return is_silent
    try:
        process = psutil.Process(int(known["pid"]))
        if process.status() in {psutil.STATUS_ZOMBIE, psutil.STATUS_DEAD}:
            return True  # it has ended; in a container there may be nobody to bury it
        began = process.create_time()
    except psutil.NoSuchProcess:
        return True
    except psutil.Error:
        return is_silent
    is_ours = process.pid == os.getpid()
    if abs(began - float(known["start"])) <= CLOCK_SECONDS:
        return is_silent and is_ours  # of parts that this process had before
    return is_silent or is_ours
