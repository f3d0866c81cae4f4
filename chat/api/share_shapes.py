"""What the API answers of links to chats, and what they show."""

from dataclasses import asdict, replace
from typing import Literal

from pydantic import BaseModel, Field, JsonValue, create_model

from chat.api.fields import JsonObject
from chat.api.shapes import NOON
from chat.profiles.result import AnalysisResult
from chat.sharing.visible import FirstRows, SharedChat
from store.file_values import StoredFile
from store.result_values import Computed
from store.share_values import OpenShare, ShareMode
from store.values import Message


class IncludedAnswer(BaseModel):
    """What is visible besides the messages' texts."""

    files: bool = Field(description="Names and beginnings of attached files, cleaned pictures.")
    tools: bool = Field(description="Calls of tools, and the tables and charts they computed.")
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


class SharedTable(BaseModel):
    """A table of a file: how it begins."""

    name: str
    columns: list[JsonObject] = Field(description="`name` and `type` of each.")
    rows: int
    sample: list[list[str | None]]


class SharedFile(BaseModel):
    """An attached file, where they are included; never its own bytes."""

    file_id: str
    name: str
    kind: str
    size: int
    removed: bool = Field(description="Only its name is left.")
    lines: int
    pages: int
    beginning: str
    picture: bool = Field(description="Whether `/shares/{token}/files/{file_id}` has one.")
    tables: list[SharedTable]


class SharedComputed(BaseModel):
    """A table or chart that a tool computed, where tools are included."""

    result_id: str
    kind: str
    title: str
    query: str
    columns: list[JsonObject] = Field(description="`name` and `type` of each.")
    count: int = Field(description="FirstRows that are kept.")
    total: int
    rows: list[list[JsonValue]] = Field(description="The first 50, of the newest 20 results.")


class SharedMessage(BaseModel):
    """One message of it; ``number`` is its place, from 1."""

    number: int
    role: Literal["user", "assistant"]
    content: str
    status: Literal["streaming", "complete", "stopped", "interrupted", "error"]
    persona: str = Field(description="Who answers, where names are included.")
    tools: list[JsonObject] = Field(description="Calls of tools, where they are included.")
    files: list[SharedFile]
    results: list[SharedComputed]


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
        "messages": [_message(one, chat) for one in chat.messages],
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


def _message(message: Message, chat: SharedChat) -> JsonObject:
    mark = message.metadata.persona
    return {
        "number": message.depth,
        "role": message.role,
        "content": message.content,
        "status": message.status,
        "persona": mark.name if mark else "",
        "tools": message.tools_used,
        "files": list(map(_file, message.files)),
        "results": [
            _computed(one, chat.rows.get((message.id, one.result_id), ()))
            for one in message.results
        ],
    }


def _file(file: StoredFile) -> JsonObject:
    known = file.details
    return {
        "file_id": file.file_id,
        "name": file.name,
        "kind": file.kind,
        "size": file.size,
        "removed": file.deleted_at is not None,
        "lines": known.lines,
        "pages": known.pages,
        "beginning": known.beginning,
        "picture": file.kind == "image" and file.deleted_at is None,
        "tables": [asdict(one) for one in known.tables],
    }


def _computed(result: Computed, rows: FirstRows) -> JsonObject:
    names = ("result_id", "kind", "title", "query", "count", "total")
    said = {name: getattr(result, name) for name in names}
    return said | {"columns": [asdict(one) for one in result.columns], "rows": rows}
