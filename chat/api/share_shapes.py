"""What the API answers of links to chats, and what they show."""

from dataclasses import replace
from typing import Literal

from pydantic import BaseModel, Field, create_model

from chat.api.fields import JsonObject
from chat.api.shapes import NOON
from chat.profiles.result import AnalysisResult
from chat.sharing.visible import SharedChat
from store.share_values import OpenShare, ShareMode
from store.values import Message


class IncludedAnswer(BaseModel):
    """What is visible besides the messages' texts."""

    files: bool = Field(description="Chats have no attached files yet: it shows nothing.")
    tools: bool
    profiles: bool
    names: bool


class ShareAnswer(BaseModel):
    """A link to a chat, without its address."""

    share_id: str = Field(examples=["3f2a"])
    session_id: str
    title: str = Field(description="The chat's; of a snapshot as it was.")
    mode: ShareMode
    expires_at: str = Field(examples=[NOON])
    protected: bool = Field(description="Whether it needs a password.")
    view_limit: int | None
    views: int
    include: IncludedAnswer
    created_at: str = Field(examples=[NOON])


NewShareAnswer = create_model(
    "NewShareAnswer",
    __base__=ShareAnswer,
    __doc__="A new link; this is the only time its address can be read.",
    url=(str, Field(examples=["https://chat.example.org/share/…"])),
)


class SharedMessage(BaseModel):
    """One message of it; ``number`` is its place, from 1."""

    number: int
    role: Literal["user", "assistant"]
    content: str
    status: Literal["streaming", "complete", "stopped", "interrupted", "error"]
    persona: str = Field(description="Who answers, where names are included.")
    tools: list[JsonObject] = Field(description="Calls of tools, where they are included.")


class SharedResult(BaseModel):
    """An analysis result, where they are included; what of it is on its card."""

    source: str
    handle: str
    result: JsonObject
    created_at: str


class SharedAnswer(BaseModel):
    """What a link shows, the messages oldest first."""

    title: str
    name: str = Field(description="Who shares it, where names are included.")
    mode: ShareMode
    include: IncludedAnswer
    expires_at: str = Field(examples=[NOON])
    messages: list[SharedMessage]
    profiles: list[SharedResult]


def shared(link: OpenShare, chat: SharedChat) -> JsonObject:
    """The answer."""
    return {
        "title": chat.title,
        "name": chat.name,
        "mode": link.mode,
        "include": link.include,
        "expires_at": link.expires_at,
        "messages": list(map(_message, chat.messages)),
        "profiles": [
            {
                "source": kept.result.source,
                "handle": kept.result.handle,
                "result": _result(kept.result),
                "created_at": kept.created_at,
            }
            for kept in chat.results
        ],
    }


def _result(result: AnalysisResult) -> JsonObject:
    """When each post was written is on the page only by weekday and hour, as in the heatmap."""
    if result.computed:
        result = replace(result, computed=replace(result.computed, times=()))
    return dict(result.as_json())


def _message(message: Message) -> JsonObject:
    mark = message.metadata.persona
    return {
        "number": message.depth,
        "role": message.role,
        "content": message.content,
        "status": message.status,
        "persona": mark.name if mark else "",
        "tools": message.tools_used,
    }
