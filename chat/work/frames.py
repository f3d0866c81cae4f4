"""How parent and child speak: a head, which is JSON, and bytes, both with their lengths before."""

import json
import socket
import struct
import time
from collections.abc import Mapping

LONGEST = 256 * 1024 * 1024
_LENGTHS = struct.Struct("!QQ")
_PIECE = 1024 * 1024


class TooLong(Exception):
    """More is announced than may come; nothing of it has been read."""


def send(
    link: socket.socket, head: bytes, data: bytes = b"", *, deadline: float | None = None
) -> None:
    """All of it, before ``deadline`` (of the monotonic clock); raises `OSError`."""
    for part in (_LENGTHS.pack(len(head), len(data)) + head, data):
        if part:
            link.settimeout(_left(deadline))
            link.sendall(part)


def receive(
    link: socket.socket, *, longest: int = LONGEST, deadline: float | None = None
) -> tuple[Mapping[str, object], bytes]:
    """The next head and its bytes, together up to ``longest``.

    Raises `OSError` (`TimeoutError` at the deadline), `EOFError`, `TooLong`, and `ValueError` for
    what is no head.
    """
    sizes = _LENGTHS.unpack(_exactly(link, _LENGTHS.size, deadline))
    if sum(sizes) > longest:
        raise TooLong
    head, data = (_exactly(link, size, deadline) for size in sizes)
    found = json.loads(head)
    if not isinstance(found, dict):
        raise ValueError("no head")
    return found, data


def _exactly(link: socket.socket, size: int, deadline: float | None) -> bytes:
    found = bytearray()
    while len(found) < size:
        link.settimeout(_left(deadline))
        piece = link.recv(min(size - len(found), _PIECE))
        if not piece:
            raise EOFError
        found += piece
    return bytes(found)


def _left(deadline: float | None) -> float | None:
    """Seconds, at least a moment: 0 would mean not to wait at all."""
    return None if deadline is None else max(deadline - time.monotonic(), 0.001)
