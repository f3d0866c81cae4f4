"""Which process writes an answer, and whether that process is still there.

A name is ``host/pid/start`` with the process's start in seconds since 1970, so that another
process that got the same pid later is not taken for it.
"""

import os
import re
import socket
from datetime import datetime, timedelta

import psutil

SILENT = timedelta(seconds=30)
CLOCK_SECONDS = 2.0
"""By so much a start may differ between two readings: whole seconds go into it, and the clock is
set a little now and then."""
_HERE = re.compile(r"(?P<pid>\d{1,9})/(?P<start>\d{1,12}\.\d{1,6})")


def owner_name(pid: int | None = None) -> str:
    """The name of this process, or of another on this machine."""
    process = psutil.Process(pid)
    return f"{socket.gethostname()}/{process.pid}/{process.create_time():.2f}"


def is_gone(owner: str, seen_at: datetime, now: datetime) -> bool:
    """Whether the process ended; what lives on this machine is there, however silent.

    Silence counts where this machine cannot tell: for processes elsewhere, for a pid that now
    another process has, or so it seems after the clock was set, and for the names of versions
    that counted starts in another way. Whoever lives is never silent so long: see the heartbeat
    of `chat.turns.runner`.
    """
    silent = now - seen_at > SILENT
    host, _, rest = owner.partition("/")
    known = _HERE.fullmatch(rest)
    if known is None or host != socket.gethostname():
        return silent
    try:
        process = psutil.Process(int(known["pid"]))
        if process.status() in {psutil.STATUS_ZOMBIE, psutil.STATUS_DEAD}:
            return True  # it has ended; in a container there may be nobody to bury it
        began = process.create_time()
    except psutil.NoSuchProcess:
        return True
    except psutil.Error:
        return silent
    if abs(began - float(known["start"])) <= CLOCK_SECONDS:
        return False
    return silent or process.pid == os.getpid()
