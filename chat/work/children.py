"""A child process, as its parent sees it."""

import logging
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import psutil
from pydantic_core import to_json

from chat.errors import ToolError
from chat.work import frames
from chat.work.failures import BrokeOff, ResultTooLarge, TookTooLong, TooMuchMemory, WorkFailed

ROOT = Path(__file__).resolve().parent.parent.parent
START_SECONDS = 60.0
HEAD_MAX = 100_000
PATIENCE = 4
LARGE = 2_000_000
"""Whoever was given more than so many bytes is not kept: what it needed for them may stay."""
HANDED_ON = ["PATH", "LANG", "LC_ALL", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH"]
HANDED_ON += ["PYTHONHOME", "PYTHONPATH", "PYTHONDONTWRITEBYTECODE", "PYTHONPYCACHEPREFIX"]

log = logging.getLogger("parley.work")


@dataclass(frozen=True, slots=True)
class WorkLimits:
    """Of each job: ``seconds`` of a processor, bytes of ``memory`` in all, and of its ``result``.

    By the clock it may take four times as long, for what is urgent goes first. A process that has
    more memory after its job than ``kept`` bytes is not kept for another one.
    """

    seconds: float = 30.0
    memory: int = 1_000_000_000
    result: int = 8_000_000
    kept: int = 10**12


@dataclass(frozen=True, slots=True)
class Order:
    """A job: ``function`` is its module and name, bytes go as they are and all else as JSON."""

    function: str
    arguments: tuple[object, ...]

    def frame(self, limits: WorkLimits) -> tuple[bytes, bytes]:
        """As it is sent; at most one of the arguments may be bytes."""
        data = next((one for one in self.arguments if isinstance(one, bytes)), b"")
        head = {
            "function": self.function,
            "arguments": [None if one is data else one for one in self.arguments],
            "data": next((at for at, one in enumerate(self.arguments) if one is data), None),
            "seconds": limits.seconds,
            "longest": limits.result,
        }
        return to_json(head), data


def started(
    module: str, memory: int, theirs: socket.socket, *, files: Sequence[int] = ()
) -> subprocess.Popen[bytes]:
    """A process without secrets, with its end of the link, and these files; raises `OSError`."""
    return subprocess.Popen(
        [sys.executable, "-m", module, str(memory), *map(str, files)],
        cwd=ROOT,
        env={name: os.environ[name] for name in HANDED_ON if name in os.environ},
        stdin=theirs.fileno(),
        stdout=subprocess.DEVNULL,
        start_new_session=True,
        pass_fds=files,
    )


class Child:
    """One process; used by one thread at a time, but for `kill`."""

    def __init__(self, limits: WorkLimits) -> None:
        """Start it; raises `OSError`."""
        self._limits = limits
        self._is_clean = True
        self._killed = False
        self._link, theirs = socket.socketpair()
        with theirs, ExitStack() as failed:
            failed.callback(self._link.close)
            self._process = started("chat.work.child", limits.memory, theirs)
            failed.pop_all()

    @property
    def pid(self) -> int:
        """Its process id."""
        pid: int = self._process.pid
        return pid

    @property
    def lives(self) -> bool:
        """Whether another job can be given to it."""
        return self._is_clean and self._process.poll() is None

    def do(self, order: Order) -> bytes:
        """The JSON that comes out; raises `WorkFailed`, or the job's own `ToolError`."""
        self._is_clean = False
        sent = order.frame(self._limits)
        try:
            head, data = self._asked(*sent)
        except TimeoutError:
            raise TookTooLong from None
        except frames.TooLong:
            raise ResultTooLarge from None
        except (EOFError, OSError, ValueError):
            raise self._how_it_ended() from None
        state = head.get("state")
        if state == "memory":
            raise TooMuchMemory
        self._is_clean = sum(map(len, sent)) <= LARGE and self._memory() <= self._limits.kept
        if state == "done":
            return data
        if state == "refused":
            raise ToolError(str(head.get("message")), str(head.get("fix")))
        if state == "large":
            raise ResultTooLarge
        raise BrokeOff  # what went wrong is in the log, to which the child writes

    def kill(self) -> None:
        """From any thread; whoever waits for it gets `BrokeOff`."""
        self._killed = True
        self._process.kill()

    def end(self) -> None:
        """Kill it and let go of it."""
        self.kill()
        self._process.wait()
        self._link.close()

    def _asked(self, *sent: bytes) -> tuple[Mapping[str, object], bytes]:
        """What it says in the end; its time begins when it has, for a start may take its own."""
        longest = self._limits.result + HEAD_MAX
        frames.send(self._link, *sent, deadline=time.monotonic() + START_SECONDS)
        for seconds in (START_SECONDS, self._limits.seconds * PATIENCE):
            deadline = time.monotonic() + seconds
            head, data = frames.receive(self._link, longest=longest, deadline=deadline)
            if head.get("state") != "begun":
                break
        return head, data

    def _memory(self) -> int:
        """What it has now."""
        try:
            size: int = psutil.Process(self.pid).memory_info().rss
        except psutil.Error:
            return 0
        return size

    def _how_it_ended(self) -> WorkFailed:
        """By the system, for what is over its limits, or however."""
        if self._killed:
            return BrokeOff()
        self._process.kill()  # not yet ended, or never: what it said made no sense
        ended = self._process.wait()
        log.error("work ended: pid=%s code=%s", self.pid, ended)
        if ended == -signal.SIGXCPU:
            return TookTooLong()
        return TooMuchMemory() if ended == -signal.SIGABRT else BrokeOff()
