"""How a process that reads a file for an import may end, for tests."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator, Mapping
from typing import IO

from chat.transfer.apart import Read, parts


def killed_soon(file: IO[bytes], mapping: Mapping[str, str], most: int) -> Iterator[Read]:
    yield next(parts(file, mapping, most))
    os.kill(os.getpid(), signal.SIGKILL)


def stuck(file: IO[bytes], mapping: Mapping[str, str], most: int) -> Iterator[Read]:
    """Before its first part."""
    signal.pause()
    yield from parts(file, mapping, most)
