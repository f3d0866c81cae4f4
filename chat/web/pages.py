"""What a page is, how much of one may come, and what it means that none did.

With what finds parts of JSON from outside, whatever shape it has.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass

from chat.errors import ParleyError


@dataclass(frozen=True, slots=True)
class PageLimits:
    """Seconds, bytes, and how many redirects; ``total`` is for a page with all its tries."""

    connect: float = 5.0
    read: float = 10.0
    total: float = 25.0
    body: int = 5_000_000
    redirects: int = 5


LIMITS = PageLimits()


@dataclass(frozen=True, slots=True)
class Page:
    """What came: ``url`` after redirects, ``body`` at most as long as was allowed.

    Names of ``headers`` are in lower case; only pages with a status of 2xx have a body.
    """

    url: str
    status: int
    headers: Mapping[str, str]
    body: bytes

    def json(self) -> object:
        """The body as JSON; raises `ValueError`."""
        try:
            found: object = json.loads(self.body)
        except RecursionError:
            raise ValueError("nested too deeply") from None
        return found


class WebError(ParleyError):
    """A page could not be had.

    ``http_status`` is the server's, if it answered.
    """

    code = "web_failed"
    status = 502

    def __init__(
        self,
        message: str,
        fix: str = "",
        *,
        http_status: int | None = None,
        retryable: bool = False,
        retry_after: float | None = None,
    ) -> None:
        super().__init__(message, fix, retryable=retryable, retry_after=retry_after)
        self.http_status = http_status


def at(value: object, *names: str) -> object:
    """What a JSON object has under these names, each inside the one before; None for nothing."""
    for name in names:
        value = value.get(name) if isinstance(value, dict) else None
    return value


def record(value: object, *names: str) -> Mapping[str, object]:
    """The JSON object there; an empty one for anything else."""
    found = at(value, *names)
    return found if isinstance(found, dict) else {}


def items(value: object, *names: str) -> list[object]:
    """The JSON array there; an empty one for anything else."""
    found = at(value, *names)
    return found if isinstance(found, list) else []


def records(value: object, *names: str) -> list[Mapping[str, object]]:
    """The JSON objects of the array there; an empty one for each that is none."""
    return [record(one) for one in items(value, *names)]
