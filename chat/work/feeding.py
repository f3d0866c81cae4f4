"""What runs in the child process of a `chat.work.feed.Feed`: it reads a file, part after part.

Parts go out as they are asked for by whoever reads at the other end: more than one, and what fits
into the link, is never made in advance.
"""

import logging
import os
import pickle
import socket
import sys
import threading
from importlib import import_module

from pydantic_core import to_json

from chat.work import frames
from chat.work.child import begun

log = logging.getLogger("parley.work")


def main() -> None:
    """The arguments are how many bytes of memory it may have, and the file."""
    link = begun()
    asked, given = frames.receive(link)
    threading.Thread(target=_until_it_ends, args=(link,), daemon=True).start()
    try:
        module, _, name = str(asked["function"]).partition(":")
        function = getattr(import_module(module), name)
        with os.fdopen(int(sys.argv[2]), "rb") as file:
            for part in function(file, *pickle.loads(given)):
                frames.send(link, _MORE, pickle.dumps(part, pickle.HIGHEST_PROTOCOL))
        state = "done"
    except MemoryError:
        state = "memory"
    except Exception:
        log.exception("work failed: %s", asked["function"])
        state = "failed"
    frames.send(link, to_json({"state": state}))


def _until_it_ends(link: socket.socket) -> None:
    """In a thread of its own: nothing more comes from the parent but its end."""
    try:
        link.recv(1)
    finally:
        os._exit(0)


_MORE = b'{"state":"more"}'

if __name__ == "__main__":
    main()
