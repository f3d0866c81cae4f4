"""Errors over HTTP, one shape for all of them; and whether the process works."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from starlette.responses import JSONResponse

from chat import VERSION

if TYPE_CHECKING:
    from chat.runtime import Runtime


def answer(
    status: int,
    code: str,
    message: str,
    fix: str = "",
    *,
    field: str | None = None,
    headers: Mapping[str, str] | None = None,
) -> JSONResponse:
    """An error as clients get it."""
    error = {"code": code, "message": message, "fix": fix}
    if field is not None:
        error["field"] = field
    return JSONResponse({"error": error}, status, headers)


def report(parts: Runtime, *, works: bool = True) -> JSONResponse:
    """What anybody may know; ``works`` is whether the database does."""
    state, running = "ok" if works else "unavailable", parts.turns.count_running()
    said = {"status": state, "database": state, "version": VERSION, "running": running}
    return JSONResponse(said, 200 if works else 503)
