"""Errors over HTTP: one shape for all of them, and where each kind is turned into it."""

import math
from collections.abc import Mapping
from http import HTTPStatus
from types import GenericAlias

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel
from starlette.exceptions import HTTPException

from chat.api.fields import JsonObject
from chat.api.shapes import ErrorAnswer
from chat.errors import Forbidden, InvalidInput, NotSignedIn, ParleyError
from chat.server.answers import answer

_OF_THE_ROUTER = {
    400: ("unreadable", "The body cannot be read.", "Send JSON in UTF-8."),
    404: ("not_found", "There is no such address.", "See /api/docs for those there are."),
    405: ("method_not_allowed", "This address does not take that method.", "See /api/docs."),
    408: ("too_slow", "The body did not come on.", "Send it again."),
    413: ("too_large", "The body is too large.", "Send less at once."),
}
_MEANINGS = {
    400: "The body is not JSON.",
    401: "Nobody is known who asks: no token or login, or one that is no longer good.",
    403: "Not allowed, or a cookie's write without `X-Requested-With`.",
    404: "There is no such thing, or it is somebody else's.",
    408: "The body did not come on.",
    409: "It does not fit with what is stored or running now.",
    412: "It was changed meanwhile: `If-Match` is not its `ETag`.",
    413: "The body is too large.",
    415: "The body is not sent as `application/json`.",
    422: "A value cannot be taken; `field` names it.",
    429: "Too much, or too often; `Retry-After` says in how many seconds it goes on.",
    502: "A service that was asked failed.",
    503: "The database is not available, or `read_only` for maintenance; nothing was changed.",
}


class Csrf(Forbidden):
    """A write that a foreign page could have sent."""

    code = "csrf"


class WrongMediaType(ParleyError):
    """A body of another kind than JSON."""

    code = "unsupported_media_type"
    status = 415


Responses = dict[int | str, JsonObject]
"""What OpenAPI says of a call's answers, by their statuses."""


def documented(*statuses: int) -> Responses:
    """The errors with these statuses."""
    return {status: {"model": ErrorAnswer, "description": _MEANINGS[status]} for status in statuses}


def gives(shape: type[BaseModel], *errors: int, status: int = 200, many: bool = False) -> Responses:
    """An answer of this shape, or with ``many`` of such, and the errors with these statuses."""
    return {status: {"model": GenericAlias(list, shape) if many else shape}, **documented(*errors)}


def of_status(status: int, headers: Mapping[str, str] | None = None) -> JSONResponse:
    """The error of that status where nothing more is known."""
    phrase = HTTPStatus(status).phrase
    code, message, fix = _OF_THE_ROUTER.get(status, (f"http_{status}", f"{phrase}.", ""))
    return answer(status, code, message, fix, headers=headers)


def install(api: FastAPI) -> None:
    """Let every error of the app leave in the one shape."""
    api.add_exception_handler(ParleyError, _named)
    api.add_exception_handler(RequestValidationError, _invalid)
    api.add_exception_handler(HTTPException, _http)


def named(error: ParleyError, **headers: str) -> JSONResponse:
    """The error as clients get it; ``headers`` go with it."""
    if isinstance(error, NotSignedIn):
        headers["WWW-Authenticate"] = "Bearer"
    if error.retry_after is not None:
        headers["Retry-After"] = str(math.ceil(error.retry_after))
    said = (error.status, error.code, error.message, error.fix)
    return answer(*said, field=error.field, headers=headers)


async def _named(_: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, ParleyError)
    return named(error)


async def _invalid(_: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, RequestValidationError)
    first = error.errors()[0]
    if first["type"] == "json_invalid":
        return of_status(400)
    where, *inside = first["loc"]
    field = ".".join(str(part) for part in inside) or str(where)
    message = f"{field}: {first['msg'].removeprefix('Value error, ')}"
    fix = (first.get("ctx") or {}).get("fix") or "See /api/docs for what it may be."
    return answer(422, InvalidInput.code, message, fix, field=field)


async def _http(_: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, HTTPException)
    return of_status(error.status_code, error.headers)
