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
    database, disk = "ok" if works else "unavailable", _disk(parts)
    said = {
        "status": "degraded" if works and disk != "ok" else database,
        "database": database,
        "disk": disk,
        "version": VERSION,
        "running": parts.turns.count_running(),
        "read_only": parts.read_only.state.is_on,
        "backup_age": None if (age := parts.backups.age()) is None else round(age),
    }
    return JSONResponse(said, 200 if works else 503)


def _disk(parts: Runtime) -> str:
    """``full`` when it took no more of late, ``low`` when little is left."""
    if parts.database.disk_fails():
        return "full"
    free = parts.database.free_bytes()
    least = parts.settings.min_free_mb * 1_000_000
    return "ok" if free is None or free >= least else "low"
