"""The values that requests bring, each checked once; what cannot be stored is refused here."""

import re
from collections.abc import Callable
from typing import Annotated, Any, TypeVar, cast

from fastapi import Header, Path, Query
from pydantic import AfterValidator, BaseModel, ConfigDict, Field
from pydantic_core import PydanticCustomError

from chat.sessions import Versions
from store.errors import Refused
from store.session_values import SYSTEM_PROMPT_MAX
from store.texts import check_tag, storable

T = TypeVar("T")
JsonObject = dict[str, Any]


def checked_by(check: Callable[..., object]) -> Callable[[T], T]:
    """The store's refusal as an error of the field; None passes."""

    def checked(value: T) -> T:
        try:
            return value if value is None else cast(T, check(value))
        except Refused as refused:
            words = {"message": refused.message, "fix": refused.fix}
            raise PydanticCustomError("refused", "{message}", words) from None

    return checked


SESSION_ID = r"^[A-Za-z0-9_-]{1,64}$"
StoredText = Annotated[str, AfterValidator(checked_by(storable))]
Name = Annotated[StoredText, Field(max_length=64, min_length=1)]
Tag = Annotated[str, Field(max_length=100), AfterValidator(checked_by(check_tag))]
ModelName = Annotated[StoredText, Field(max_length=200)]
FileId = Annotated[str, Path(pattern=SESSION_ID, examples=["3f2a"])]
FolderId = Annotated[str, Path(pattern=SESSION_ID, examples=["3f2a"])]
TokenId = Annotated[str, Path(pattern=SESSION_ID, examples=["3f2a"])]
ShareId = Annotated[str, Path(pattern=SESSION_ID, examples=["3f2a"])]
MessageId = Annotated[int, Path(examples=[2])]
LIMIT_MAX = 200
Limit = Annotated[int, Query(ge=1, le=LIMIT_MAX)]
IdempotencyKey = Annotated[
    str | None,
    Header(
        alias="Idempotency-Key",
        max_length=200,
        description="The same key again gives what the first request made, and makes nothing.",
    ),
]
Prefer = Annotated[
    str | None,
    Header(description="`respond-async`: answer 202 as soon as it is stored (RFC 7240)."),
]
LastEventId = Annotated[
    int | None, Header(ge=0, alias="Last-Event-ID", description="The last event that came.")
]
IfMatch = Annotated[
    str | None,
    Header(alias="If-Match", description="Write only if the session still has this `ETag`."),
]
IfNoneMatch = Annotated[
    str | None,
    Header(alias="If-None-Match", description="Answer 304 if the session still has this `ETag`."),
]
_VERSION = re.compile(r'"([1-9][0-9]{0,17})"')


def versions(header: str | None) -> Versions:
    """Those that a client has seen; None: any. Servers on the way may have made ETags weak."""
    said = "*" if header is None else header
    names = [name.strip().removeprefix("W/") for name in said.split(",")]
    if "*" in names:
        return None
    quoted = (found[1] for name in names if (found := _VERSION.fullmatch(name)))
    return frozenset(map(int, quoted))


class Body(BaseModel):
    """What is not known is refused; types are taken as they are."""

    model_config = ConfigDict(extra="forbid", strict=True)


class Parameters(Body):
    """How the model answers in this session."""

    temperature: float | None = Field(default=None, ge=0, le=2)
    system_prompt: Annotated[StoredText, Field(max_length=SYSTEM_PROMPT_MAX)] | None = None
