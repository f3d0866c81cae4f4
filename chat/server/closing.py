"""The end of the process: answers end first, so that their streams do.

A server waits for open streams before it lets the app shut down; so their turns are told of the
signal at once.
"""

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType


class Closing:
    """Whether the process is about to end."""

    def __init__(self) -> None:
        self.requested = False

    @contextmanager
    def at_signal(self, end_turns: Callable[[], None]) -> Iterator[None]:
        """In the block, SIGTERM and SIGINT end the turns before the server sees them."""
        self.requested = False
        if threading.current_thread() is not threading.main_thread():
            yield
            return
        ending = threading.Thread(target=end_turns, name="parley-closing")
        before = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)}

        def on_signal(number: int, frame: FrameType | None) -> None:
            if not self.requested:
                self.requested = True
                ending.start()
            handler = before[signal.Signals(number)]
            if callable(handler):
                handler(number, frame)

        for number in before:
            signal.signal(number, on_signal)
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)
            if self.requested:
                ending.join()


closing = Closing()
