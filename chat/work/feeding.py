"""What runs in the child process of `chat.work.feed`: it reads a file, part after part.

A few parts are made in advance, while whoever reads at the other end is busy with others.
"""

import os
import pickle
import socket
import sys
import threading
from collections.abc import Iterator
from importlib import import_module
from queue import Queue

from pydantic_core import to_json

from chat.work import frames
from chat.work.child import begun, log_failure

AHEAD = 3


def main() -> None:
    """The arguments are how many bytes of memory it may have, and the file."""
    link = begun()
    asked, given = frames.receive(link)
    threading.Thread(target=_until_it_ends, args=(link,), daemon=True).start()
    try:
        module, _, name = str(asked["function"]).partition(":")
        function = getattr(import_module(module), name)
        with os.fdopen(int(sys.argv[2]), "rb") as file:
            _send_all(link, function(file, *pickle.loads(given)))
        state = "done"
    except MemoryError:
        state = "memory"
    except Exception as failure:  # noqa: BLE001
        log_failure(asked["function"], failure)
        state = "failed"
    frames.send(link, to_json({"state": state}))


def _send_all(link: socket.socket, parts: Iterator[object]) -> None:
    """From a thread of its own, so that they are made meanwhile; all are out when it ends."""
    made: Queue[bytes | None] = Queue(AHEAD)

    def send() -> None:
        while (part := made.get()) is not None:
            frames.send(link, _MORE, part)

    sending = threading.Thread(target=send, daemon=True)
    sending.start()
    try:
        for part in parts:
            made.put(pickle.dumps(part, pickle.HIGHEST_PROTOCOL))
    finally:
        made.put(None)
        sending.join()


def _until_it_ends(link: socket.socket) -> None:
    """In a thread of its own: nothing more comes from the parent but its end."""
    try:
        link.recv(1)
    finally:
        os._exit(0)


_MORE = b'{"state":"more"}'

if __name__ == "__main__":
    main()
