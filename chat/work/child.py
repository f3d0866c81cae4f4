"""What runs in a child process: one job after the other, until the parent is gone.

It has no secrets, is polite to whatever else runs, and has limits that the system enforces.
"""

import logging
import math
import os
import resource
import socket
import sys
import threading
import time
import traceback
from collections.abc import Mapping
from importlib import import_module
from queue import SimpleQueue
from typing import get_type_hints

from pydantic import TypeAdapter, validate_call
from pydantic_core import to_json

from chat.errors import ToolError
from chat.work import frames

NICENESS = 5
_MEMORY = b'{"state":"memory"}'

log = logging.getLogger("parley.work")

Request = tuple[Mapping[str, object], bytes]


def main() -> None:
    """The argument is how many bytes of memory it may have; standard input is the parent."""
    link = begun()
    jobs: SimpleQueue[Request] = SimpleQueue()
    threading.Thread(target=_listen, args=(link, jobs), daemon=True).start()
    while True:
        _answer(link, *jobs.get())


def begun() -> socket.socket:
    """Be polite, and have limits; the link to the parent."""
    os.nice(NICENESS)
    _limit(resource.RLIMIT_CORE, 0)
    _limit(resource.RLIMIT_AS, int(sys.argv[1]))
    return socket.socket(fileno=0)


def _listen(link: socket.socket, jobs: SimpleQueue[Request]) -> None:
    """In a thread of its own, so that the parent's end ends a job that runs, too."""
    try:
        while True:
            jobs.put(frames.receive(link))
    except (EOFError, OSError, ValueError, MemoryError):
        os._exit(0)


def _answer(link: socket.socket, asked: Mapping[str, object], data: bytes) -> None:
    """Make one; what fails is said in words, or in the log."""
    result = b""
    try:
        result = _result(link, asked, data)
        head = to_json({"state": "done"})
    except ToolError as refusal:
        head = to_json({"state": "refused", "message": refusal.message, "fix": refusal.fix})
    except MemoryError:
        head = _MEMORY
    except Exception as failure:  # noqa: BLE001
        log_failure(asked["function"], failure)
        head = to_json({"state": "failed"})
    if len(result) > int(str(asked["longest"])):
        head, result = to_json({"state": "large"}), b""
    frames.send(link, head, result)


def _result(link: socket.socket, asked: Mapping[str, object], data: bytes) -> bytes:
    module, _, name = str(asked["function"]).partition(":")
    function = getattr(import_module(module), name)
    given = asked["arguments"]
    assert isinstance(given, list)
    arguments = [data if at == asked["data"] else one for at, one in enumerate(given)]
    call, shape = validate_call(function), TypeAdapter(get_type_hints(function)["return"])
    frames.send(link, to_json({"state": "begun"}))
    # By the system: also when the parent is gone, or the interpreter can run nothing else.
    _limit(resource.RLIMIT_CPU, math.ceil(time.process_time() + float(str(asked["seconds"]))))
    return shape.dump_json(call(*arguments))


def log_failure(function: object, failure: Exception) -> None:
    """Where it failed; what a failure says may have what is in a file."""
    places = "".join(traceback.format_tb(failure.__traceback__))
    kind = type(failure).__name__
    log.error("work failed: %s\nTraceback (most recent call last):\n%s%s", function, places, kind)


def _limit(kind: int, value: int) -> None:
    """The soft one, as far as the hard one lets it."""
    _, hard = resource.getrlimit(kind)
    most = value if hard == resource.RLIM_INFINITY else min(value, hard)
    resource.setrlimit(kind, (most, hard))


if __name__ == "__main__":
    main()
