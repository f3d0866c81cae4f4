"""Where the next page of a list begins, in a ``Link`` header and in what comes back from it."""

from __future__ import annotations

import base64
import binascii
import json
from datetime import UTC, datetime
from typing import TypeVar
from urllib.parse import parse_qsl, quote, urlencode

from fastapi import Request

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
    try:
        text = base64.b64decode(cursor + "=" * (-len(cursor) % 4), b"-_", validate=True)
        first, when, name = json.loads(text)
        moment = datetime.fromisoformat(when)
        if moment.tzinfo and isinstance(first, kind) and storable(f"{first}"):
            return first, moment.astimezone(UTC), storable(name)
    except (binascii.Error, ValueError, TypeError, OverflowError, RecursionError, Refused):
        pass
    raise InvalidInput("The cursor is malformed.", "Take it from a Link header.", field="cursor")


def next_page(request: Request, **changed: str) -> dict[str, str]:
    """The header that leads to the next page: this request's address with another place."""
    query = [pair for pair in parse_qsl(request.url.query) if pair[0] not in changed]
    address = f"{quote(request.url.path)}?{urlencode([*query, *changed.items()])}"
    return {"Link": f'<{address}>; rel="next"'}
