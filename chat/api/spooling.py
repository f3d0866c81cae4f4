"""Bodies of any size: taken in as they come, a megabyte at a time."""

from collections.abc import Callable

from fastapi import Request

from chat.api.caller import Caller

PIECE = 1024 * 1024


async def spooled(request: Request, caller: Caller, write: Callable[[bytes], None]) -> None:
    """Hand a body over to what writes it to the disk, in a thread."""
    waiting, size = [], 0
    async for piece in request.stream():
        waiting.append(piece)
        size += len(piece)
        if size >= PIECE:
            await caller.run(write, b"".join(waiting))
            waiting, size = [], 0
    if waiting:
        await caller.run(write, b"".join(waiting))
