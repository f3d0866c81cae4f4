"""What requests may say in their bodies."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, GetPydanticSchema
from pydantic_core.core_schema import literal_schema

from chat.api.fields import (
    SESSION_ID,
    Body,
    Description,
    Metadata,
    ModelName,
    Name,
    Parameters,
    Text,
    Title,
)
from chat.profiles.choice import NAMES

Id = Annotated[str, Field(pattern=SESSION_ID, examples=["3f2a"])]
SourceName = Annotated[str, GetPydanticSchema(lambda *_: literal_schema(["", *NAMES]))]
Content = Annotated[Text, Field(examples=["My chain slips. What do I check?"])]


class NewSession(Body):
    """All of it may be left out."""

    session_id: Id | None = None
    title: Title | None = None
    persona: Name | None = None
    description: Description | None = None
    metadata: Metadata | None = None


class Changes(Body):
    """What is left out stays as it is."""

    title: Title = ""
    description: Description = ""
    persona: Name = ""
    model: ModelName = Field(default="", description="Empty: the default one.")
    parameters: Parameters = Parameters()
    pinned: bool = False
    archived: bool = False
    folder: Name | None = None
    metadata: Metadata = Field(default_factory=dict)


class NewMessage(Body):
    """``parent_id`` is the answer that it follows; left out, the last one."""

    content: Content
    model: ModelName | None = Field(default=None, description="For this session from now on.")
    parent_id: int | None = None


class Edited(Body):
    """Another version of a question."""

    content: Content


class Marks(Body):
    """What is left out stays as it is."""

    feedback: Literal["good", "bad"] | None = None
    bookmarked: bool = False


class ChatMessage(Body):
    """Without ``thread_id`` in a new session; with one that is new, in a session of that id."""

    message: Content
    thread_id: Id | None = None
    persona: Name | None = None


class NewProfile(Body):
    """Without ``source`` it is found from how the handle is written."""

    source: SourceName = ""
    handle: Annotated[Text, Field(max_length=500, examples=["bsky.app"])]
    again: bool = Field(default=False, description="Fetch, also when there is a stored result.")
    file_name: Annotated[Text, Field(max_length=200)] | None = None
    content: Annotated[Text, Field(max_length=20_000_000)] | None = None


class NewToken(Body):
    """``expires_in_days`` left out: it holds until it is revoked."""

    name: Annotated[Text, Field(examples=["laptop"])]
    expires_in_days: int | None = Field(default=None, ge=1, le=3650)
