"""Which process writes an answer, and whether that process is still there.

A name is ``host/pid/start`` with the process's start time as the kernel counts it, so that
another process that got the same pid later is not taken for it.
"""

from __future__ import annotations

import os
import socket
from datetime import datetime, timedelta
from pathlib import Path

SILENT = timedelta(seconds=30)


def owner_name(pid: int | None = None) -> str:
    """The name of this process, or of another on this machine."""
    pid = pid or os.getpid()
    return f"{socket.gethostname()}/{pid}/{_started(pid)}"


def is_gone(owner: str, seen_at: datetime, now: datetime) -> bool:
    """Whether the process ended; one on another machine counts as gone after 30 s of silence."""
    host, _, rest = owner.partition("/")
    pid = rest.partition("/")[0]
    if host == socket.gethostname() and pid.isdigit():
        return owner_name(int(pid)) != owner
    return now - seen_at > SILENT


def _started(pid: int) -> str:
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return _started_without_proc(pid)
    fields = stat.rpartition(")")[2].split()
    # A zombie has ended; in a container there may be nobody to bury it.
    return "gone" if fields[0] in "ZX" else fields[19]


def _started_without_proc(pid: int) -> str:
    try:
        os.kill(pid, 0)
    except PermissionError:  # somebody else's, so it is there
        return "running"
    except OSError:
        return "gone"
    return "running"
