"""Lists page by page, and where the next page begins: in a ``Link``, and in what comes back."""

import base64
import binascii
import json
from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from typing import TypeVar
from urllib.parse import parse_qsl, quote, urlencode

from fastapi import Request
from pydantic import BaseModel

from chat.api.shapes import Json, shaped
from chat.errors import InvalidInput
from store.errors import Refused
from store.texts import storable

T = TypeVar("T", bool, str)


def encode(first: bool | str, moment: datetime, name: str) -> str:
    """The cursor of the page after a row, from what the list is ordered by."""
    place = json.dumps([first, moment.isoformat(), name], ensure_ascii=False)
    return base64.urlsafe_b64encode(place.encode()).decode().rstrip("=")


def decode(cursor: str, kind: type[T]) -> tuple[T, datetime, str]:
    """What a cursor was made from, the first of that kind; raises `InvalidInput`."""
    with suppress(binascii.Error, ValueError, TypeError, OverflowError, RecursionError, Refused):
        text = base64.b64decode(cursor + "=" * (-len(cursor) % 4), b"-_", validate=True)
        first, when, name = json.loads(text)
        moment = datetime.fromisoformat(when)
        if moment.tzinfo and isinstance(first, kind) and storable(f"{first}"):
            return first, moment.astimezone(UTC), storable(name)
    raise _malformed()


def decode_message(cursor: str) -> tuple[datetime, str, int]:
    """The same, made of a message's id, its time and its session, in the order of both."""
    number, moment, session_id = decode(cursor, str)
    if not (number.isascii() and number.isdecimal() and len(number) < 10):
        raise _malformed()
    return moment, session_id, int(number)


def _malformed() -> InvalidInput:
    return InvalidInput("The cursor is malformed.", "Take it from a Link header.", field="cursor")


def page(
    request: Request,
    shape: type[BaseModel],
    rows: Sequence[object],
    total: int | None = None,
    **next_: str,
) -> Json:
    """A page of a list; ``next_`` is what this request's address has to say for the next one.

    ``total`` is how long the whole list is, where that is known.
    """
    if total is None and not next_ and "cursor" not in request.query_params:
        total = len(rows)
    counted = {} if total is None else {"X-Total-Count": str(total)}
    headers = {**counted, **link(request, next_)}
    return Json([shaped(shape, row) for row in rows], headers=headers)


def link(request: Request, next_: Mapping[str, str]) -> dict[str, str]:
    """The header that leads to the next page; none where ``next_`` is empty."""
    if not next_:
        return {}
    query = [pair for pair in parse_qsl(request.url.query) if pair[0] not in next_]
    address = f"{quote(request.url.path)}?{urlencode([*query, *next_.items()])}"
    return {"Link": f'<{address}>; rel="next"'}
