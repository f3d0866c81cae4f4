"""Errors over HTTP: one shape for all of them."""

from __future__ import annotations

from collections.abc import Mapping

from starlette.responses import JSONResponse


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
