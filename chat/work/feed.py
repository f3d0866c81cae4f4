"""A file that is read in a child process, part after part, as its parent sees it.

The child is a few parts ahead, and then waits. It ends with whoever reads, however that ends.
"""

import logging
import pickle
import select
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import IO, TypeVarTuple

from pydantic_core import to_json

from chat.work import frames
from chat.work.children import started
from chat.work.failures import BrokeOff, TookTooLong, TooMuchMemory

MEMORY = 2_000_000_000
SILENT_SECONDS = 300.0
"""A part takes at most so long to make."""
LOOK_SECONDS = 0.2

TS = TypeVarTuple("TS")

log = logging.getLogger("parley.work")


@contextmanager
def fed(
    function: Callable[[IO[bytes], *TS], Iterator[object]],
    file: IO[bytes],
    *arguments: *TS,
    waiting: Callable[[], None] = lambda: None,
    memory: int = MEMORY,
) -> Iterator[Iterator[object]]:
    """What this function of a module makes of a file, which nobody else reads meanwhile.

    ``waiting`` is called again and again while nothing comes, and may raise to end it. The parts
    raise `WorkFailed`; what the function refuses, it is to say in a part of its own.
    """
    link, theirs = socket.socketpair()
    with ExitStack() as ended:
        ended.callback(link.close)
        with theirs:
            try:
                process = started("chat.work.feeding", memory, theirs, files=[file.fileno()])
            except OSError as failure:
                log.error("no process for work: %s", failure)
                raise BrokeOff from failure
        ended.callback(process.wait)
        ended.callback(process.kill)
        name = f"{function.__module__}:{function.__qualname__}"
        asked = to_json({"function": name}), pickle.dumps(arguments)
        yield _parts(process, link, asked, waiting)


def _parts(
    process: subprocess.Popen[bytes],
    link: socket.socket,
    asked: tuple[bytes, bytes],
    waiting: Callable[[], None],
) -> Iterator[object]:
    try:
        frames.send(link, *asked)
        while True:
            _wait(link, waiting)
            head, data = frames.receive(link, deadline=time.monotonic() + SILENT_SECONDS)
            if head.get("state") != "more":
                break
            yield pickle.loads(data)
    except TimeoutError:
        raise TookTooLong from None
    except (EOFError, OSError, ValueError, frames.TooLong):
        process.kill()  # it may be that what it said made no sense
        code = process.wait()
        log.error("work ended: pid=%s code=%s", process.pid, code)
        raise (TooMuchMemory if code == -signal.SIGABRT else BrokeOff) from None
    if head.get("state") != "done":
        raise TooMuchMemory if head.get("state") == "memory" else BrokeOff


def _wait(link: socket.socket, waiting: Callable[[], None]) -> None:
    """Until the next part begins to come; raises `TimeoutError`, and what ``waiting`` raises."""
    poll, until = select.poll(), time.monotonic() + SILENT_SECONDS
    poll.register(link, select.POLLIN)
    while not poll.poll(LOOK_SECONDS * 1000):
        waiting()
        if time.monotonic() > until:
            raise TimeoutError
