"""What the API answers with: the models document it, and their fields choose what is sent."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from functools import cache
from typing import Any, Literal

from fastapi.responses import JSONResponse
from pydantic import BaseModel, Field

NOON = "2026-05-01T12:00:00.000000Z"


class Summary(BaseModel):
    """A session as lists show it."""

    session_id: str = Field(examples=["3f2a"])
    title: str = Field(examples=["A loose chain"])
    preview: str = Field(description="The start of the last text.", examples=["First, the…"])
    persona: str = Field(examples=["general"])
    message_count: int = Field(examples=[2])
    is_active: bool
    pinned: bool
    archived_at: datetime | None
    created_at: datetime = Field(examples=[NOON])
    last_activity_at: datetime = Field(examples=[NOON])


class Whole(Summary):
    """A session with everything of it but its messages; ``version`` is its ``ETag``."""

    title_source: Literal["auto", "user", "model"]
    description: str
    model: str = Field(description="Empty: the default one.")
    parameters: dict[str, Any] = Field(examples=[{"temperature": 0.2}])
    folder: str | None
    metadata: dict[str, Any]
    active_leaf_id: int | None = Field(description="The last message of the active branch.")
    prompt_tokens: int
    completion_tokens: int
    cost: float = Field(description="US dollars, as far as known.")
    expires_at: datetime | None
    version: int


class Answered(BaseModel):
    """One message; ``versions`` are the ids of it and of its siblings, oldest first."""

    session_id: str
    id: int
    parent_id: int | None
    depth: int = Field(description="Its place on its branch, from 1.")
    role: Literal["user", "assistant", "system"]
    content: str
    status: Literal["queued", "streaming", "complete", "stopped", "interrupted", "error"]
    error_code: str | None
    error_message: str | None
    model: str
    tools_used: list[Any]
    processing_time_ms: int | None
    first_token_ms: int | None
    prompt_tokens: int | None
    completion_tokens: int | None
    cost: float | None
    feedback: Literal["good", "bad"] | None
    bookmarked: bool
    metadata: dict[str, Any]
    created_at: datetime
    versions: list[int]


class Exchange(BaseModel):
    """A question and how its answer ended."""

    user: Answered
    assistant: Answered


class Profile(BaseModel):
    """A stored analysis result."""

    source: str
    handle: str
    result: dict[str, Any]
    created_at: datetime


class Me(BaseModel):
    """Whose token or login it is."""

    id: str = Field(examples=["default"])
    username: str
    display_name: str
    role: Literal["admin", "user", "guest"]
    mode: Literal["off", "password", "oidc", "guest"]


class PersonaText(BaseModel):
    """Who can answer, without what the model is told."""

    id: str
    name: str
    icon: str
    description: str
    greeting: str
    starters: list[str]


class Persona(PersonaText):
    """Who can answer; ``is_default`` marks the one of new sessions."""

    own: bool = Field(description="Whether the caller made it; nobody else sees it.")
    is_default: bool


class Model(BaseModel):
    """A model that can be asked."""

    id: str
    is_default: bool


class Token(BaseModel):
    """An API token, without the token itself."""

    id: str
    name: str
    created_at: datetime
    expires_at: datetime | None
    last_used_at: datetime | None


class NewToken(Token):
    """A new API token; this is the only time it can be read."""

    token: str = Field(examples=["parley_…"])


class Deleted(BaseModel):
    """The id of what was deleted."""

    deleted: str


class DeletedCount(BaseModel):
    """How many were deleted."""

    deleted: int


class Stopped(BaseModel):
    """The message whose answer was ended."""

    stopped: int


class Health(BaseModel):
    """Whether it works."""

    status: Literal["ok", "unavailable"]
    database: Literal["ok", "unavailable"]
    version: str
    running: int = Field(description="Answers that this process writes now.")


class ErrorText(BaseModel):
    """What went wrong, for programs (``code``) and for people."""

    code: str = Field(examples=["session_not_found"])
    message: str = Field(examples=["There is no such chat."])
    fix: str = Field(examples=["It may have been deleted; pick another or start a new one."])
    field: str | None = Field(default=None, description="Only where one value is to blame.")


class ErrorAnswer(BaseModel):
    """The body of every error."""

    error: ErrorText


@cache
def _names(shape: type[BaseModel]) -> tuple[str, ...]:
    return tuple(shape.model_fields)


def shaped(shape: type[BaseModel], value: Any) -> dict[str, Any]:
    """Those fields of a value that the shape has."""
    return {name: getattr(value, name) for name in _names(shape)}


class Json(JSONResponse):
    """JSON with times in ISO 8601; a list of 50 sessions is not validated once more."""

    def render(self, content: Any) -> bytes:
        """See `JSONResponse`."""
        text = json.dumps(
            content, default=_plain, ensure_ascii=False, separators=(",", ":"), allow_nan=False
        )
        return text.encode()


def session(value: Any, status: int = 200) -> Json:
    """The answer with one session."""
    return Json(shaped(Whole, value), status, {"ETag": f'"{value.version}"'})


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.isoformat(timespec="microseconds").replace("+00:00", "Z")
    if isinstance(value, Mapping):
        return dict(value)
    raise TypeError(f"{type(value).__name__} is not JSON")
