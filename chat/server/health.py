"""Whether the process and its database work: the same answer while it starts and later."""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.responses import JSONResponse

from chat import VERSION

if TYPE_CHECKING:
    from chat.runtime import Runtime


def report(parts: Runtime, *, works: bool = True) -> JSONResponse:
    """What anybody may know; ``works`` is whether the database does."""
    state, running = "ok" if works else "unavailable", parts.turns.count_running()
    said = {"status": state, "database": state, "version": VERSION, "running": running}
    return JSONResponse(said, 200 if works else 503)
