"""Versions of sessions over HTTP: ``ETag``, ``If-Match``, ``If-None-Match``."""

from __future__ import annotations

import re
from typing import Annotated

from fastapi import Header

from chat.sessions import Versions

_VERSION = re.compile(r'"([0-9]{1,18})"')
IfMatch = Annotated[
    str | None,
    Header(alias="If-Match", description="Write only if the session still has this `ETag`."),
]
IfNoneMatch = Annotated[
    str | None,
    Header(alias="If-None-Match", description="Answer 304 if the session still has this `ETag`."),
]


def versions(header: str | None) -> Versions:
    """Those that a client has seen; None: any. Servers on the way may have made them weak."""
    names = [name.strip().removeprefix("W/") for name in (header or "*").split(",")]
    if "*" in names:
        return None
    quoted = (found[1] for name in names if (found := _VERSION.fullmatch(name)))
    return frozenset(map(int, quoted))
