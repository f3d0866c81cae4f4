"""How a process that reads a file for an import may end, for tests."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator, Mapping
from itertools import islice
from typing import IO

from chat.transfer import apart
from chat.transfer.apart import Read, parts


def killed_soon(file: IO[bytes], mapping: Mapping[str, str], most: int) -> Iterator[Read]:
    """In small parts, of which the first ones are out by then."""
    apart.TOGETHER = 10
    yield from islice(parts(file, mapping, most), 20)
    os.kill(os.getpid(), signal.SIGKILL)


def stuck(file: IO[bytes], mapping: Mapping[str, str], most: int) -> Iterator[Read]:
    """Before its first part."""
    signal.pause()
    yield from parts(file, mapping, most)
