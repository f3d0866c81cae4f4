"""The values that requests bring, each checked once; what cannot be stored is refused here."""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from typing import Annotated, Any, TypeVar

from fastapi import Header, Path, Query
from pydantic import AfterValidator, BaseModel, ConfigDict, Field
from pydantic_core import PydanticCustomError

from store.errors import Refused
from store.values import TITLE_MAX, check_title, storable

SYSTEM_PROMPT_MAX = 20_000
DESCRIPTION_MAX = 10_000
METADATA_BYTES = 16_384
METADATA_DEPTH = 20
T = TypeVar("T")


def _checked(check: Callable[[T], T]) -> Callable[[T], T]:
    """The store's refusal as an error of the field."""

    def checked(value: T) -> T:
        try:
            return check(value)
        except Refused as refused:
            words = {"message": refused.message, "fix": refused.fix}
            raise PydanticCustomError("refused", "{message}", words) from None

    return checked


def _metadata(value: dict[str, Any]) -> dict[str, Any]:
    _check_json(value, METADATA_DEPTH)
    if len(json.dumps(value, ensure_ascii=False).encode()) > METADATA_BYTES:
        raise Refused("It is too large.", f"Use at most {METADATA_BYTES} bytes of JSON.")
    return value


def _check_json(value: Any, depth: int) -> None:
    """Whether every database can keep it."""
    if depth < 0:
        raise Refused("It is nested too deeply.", f"Use at most {METADATA_DEPTH} levels.")
    if isinstance(value, str):
        storable(value)
    elif isinstance(value, float) and not math.isfinite(value):
        raise Refused("It has a number that JSON does not have.", "Leave it out.")
    elif isinstance(value, dict):
        for key, inner in value.items():
            storable(key)
            _check_json(inner, depth - 1)
    elif isinstance(value, list):
        for inner in value:
            _check_json(inner, depth - 1)


SESSION_ID = r"^[A-Za-z0-9_-]{1,64}$"
Text = Annotated[str, AfterValidator(_checked(storable))]
Title = Annotated[
    str,
    AfterValidator(_checked(check_title)),
    Field(json_schema_extra={"minLength": 1, "maxLength": TITLE_MAX}, examples=["A loose chain"]),
]
Description = Annotated[Text, Field(max_length=DESCRIPTION_MAX)]
Name = Annotated[Text, Field(max_length=64, min_length=1)]
ModelName = Annotated[Text, Field(max_length=200)]
Metadata = Annotated[
    dict[str, Any],
    AfterValidator(_checked(_metadata)),
    Field(description="Any JSON object of at most 16 kB.", examples=[{"ticket": 7}]),
]

SessionId = Annotated[str, Path(pattern=SESSION_ID, examples=["3f2a"])]
MessageId = Annotated[int, Path(examples=[2])]
Limit = Annotated[int, Query(ge=1, le=200)]
IdempotencyKey = Annotated[
    str | None,
    Header(
        alias="Idempotency-Key",
        max_length=200,
        description="The same key again gives what the first request made, and makes nothing.",
    ),
]


class Body(BaseModel):
    """What is not known is refused; types are taken as they are."""

    model_config = ConfigDict(extra="forbid", strict=True)


class Parameters(Body):
    """How the model answers in this session."""

    temperature: float | None = Field(default=None, ge=0, le=2)
    system_prompt: Annotated[Text, Field(max_length=SYSTEM_PROMPT_MAX)] | None = None
