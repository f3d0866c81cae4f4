"""Versions of sessions over HTTP: ``ETag``, ``If-Match``, ``If-None-Match``."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import Header

from chat.api.errors import PreconditionFailed
from store import sessions

IfMatch = Annotated[
    str | None,
    Header(alias="If-Match", description="Write only if the session still has this `ETag`."),
]
IfNoneMatch = Annotated[
    str | None,
    Header(alias="If-None-Match", description="Answer 304 if the session still has this `ETag`."),
]


def matches(header: str, version: int) -> bool:
    """Whether the version is among those named; servers on the way may have made them weak."""
    names = [name.strip().removeprefix("W/") for name in header.split(",")]
    return "*" in names or f'"{version}"' in names


def expect(
    db: Any,
    if_match: str | None,
    *,
    user_id: str,
    session_id: str,
    trashed: bool | None = False,
) -> None:
    """Raise `PreconditionFailed` unless the session is as the client saw it.

    It stays so until the transaction ends.
    """
    if if_match is None:
        return
    place = {"user_id": user_id, "session_id": session_id}
    version = sessions.locked_version(db, **place, trashed=trashed)
    if not matches(if_match, version):
        raise PreconditionFailed(
            "The chat was changed meanwhile.", "Read it again, then repeat the change."
        )
