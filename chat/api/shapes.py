"""What the API answers with: the models document it, and their fields choose what is sent."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from functools import cache, partial
from types import GenericAlias
from typing import Any, Literal, get_type_hints

from fastapi.responses import JSONResponse
from pydantic import BaseModel, Field, create_model

from chat.api.fields import JsonObject
from chat.modes import ModeName
from chat.usage import UsageLine
from store.asking import Ask
from store.bookmarks import Bookmark
from store.file_values import ColumnInfo, FileDetails, StoredFile
from store.folders import Folder
from store.imports import Import
from store.metadata import MessageMetadata
from store.result_values import Computed
from store.search import Hit
from store.session_values import ChatSession, ListedSession
from store.share_values import Included
from store.values import ApiToken, Message, Persona, StoredProfile

NOON = "2026-05-01T12:00:00.000000Z"
_SHOWN: Mapping[str, JsonObject] = {
    "session_id": {"examples": ["3f2a"]},
    "title": {"examples": ["A loose chain"]},
    "preview": {"description": "The start of the last text.", "examples": ["First, the…"]},
    "message_count": {"examples": [2]},
    "created_at": {"examples": [NOON]},
    "last_activity_at": {"examples": [NOON]},
    "model": {"description": "Empty: the default one."},
    "parameters": {"examples": [{"temperature": 0.2}]},
    "folder": {"description": "The id of its folder."},
    "tags": {"examples": [["bike"]]},
    "active_leaf_id": {"description": "The last message of the active branch."},
    "asks": {"description": "Calls of tools that somebody has to decide before it goes on."},
    "allowed_tools": {"description": "What was allowed for all of this chat."},
    "cost": {"description": "US dollars, as far as known."},
    "temporary": {"description": "Not listed, not found, and gone for good after an hour."},
    "expires_at": {"description": "From then on it goes into the trash, unless it is pinned."},
    "cleared_at": {"description": "What it had then can be restored."},
    "excerpt": {"description": "The start of the text, as one line."},
    "depth": {"description": "Its place on its branch, from 1."},
}
"""What the document says of a field besides its type."""
_KINDS: Mapping[str, object] = {
    "metadata": JsonObject,
    "parameters": JsonObject,
    "result": JsonObject,
    "role": Literal["user", "assistant", "system"],
    "status": Literal["queued", "streaming", "complete", "stopped", "interrupted", "error"],
    "feedback": Literal["good", "bad"] | None,
    "title_source": Literal["auto", "user", "model"],
    "tools_used": list[JsonObject],
    "versions": list[int],
}
"""Where the document can say more than the value's own type."""


_HIT_ROLE: Any = Literal["user", "assistant", "system", "title"]


def _shape(name: str, about: str, value: type, *hidden: str) -> type[BaseModel]:
    """The model that documents one of the store's values: all of its fields but the hidden ones."""
    hints = {key: hint for key, hint in get_type_hints(value).items() if key not in hidden}
    fields: JsonObject = {
        key: (_KINDS.get(key, hint), Field(**_SHOWN.get(key, {}))) for key, hint in hints.items()
    }
    return create_model(name, __doc__=about, **fields)


SummaryAnswer = _shape("SummaryAnswer", "A session as lists show it.", ListedSession, "deleted_at")
SessionAnswer = _shape(
    "SessionAnswer",
    "A session with everything of it but its messages; ``version`` is its ``ETag``.",
    ChatSession,
    "context",
    "deleted_at",
)
_COUNTS = ("file_count", "result_count")
MessageAnswer = _shape(
    "MessageAnswer",
    "One message; ``versions`` are the ids of it and of its siblings, oldest first.",
    Message,
    *_COUNTS,
)
ResultAnswer = _shape("ResultAnswer", "A table or chart that a tool computed.", Computed)
_Messages: Any = GenericAlias(list, MessageAnswer)
SessionWithMessages = create_model(
    "SessionWithMessages",
    __base__=SessionAnswer,
    __doc__=SessionAnswer.__doc__,
    messages=(_Messages | None, Field(None, description="With `include=messages`.")),
)
BookmarkAnswer = _shape(
    "BookmarkAnswer",
    "A bookmarked message; ``persona`` is who answered, as far as it is known.",
    Bookmark,
)
UsageAnswer = _shape("UsageAnswer", "What one of them used.", UsageLine)
HitAnswer = create_model(
    "HitAnswer",
    __base__=_shape("HitText", "A place that a search found.", Hit, "number", "role"),
    __doc__="A place that a search found; ``marks`` are the words in the excerpt.",
    role=_HIT_ROLE,
)
ProfileAnswer = _shape("ProfileAnswer", "A stored analysis result.", StoredProfile)
FolderAnswer = _shape("FolderAnswer", "A folder of chats, in another one or in none.", Folder)
FileAnswer = _shape(
    "FileAnswer", "An attached file, and what was found in it.", StoredFile, "deleted_at"
)
TagAnswer = create_model(
    "TagAnswer", __doc__="A tag that is used, and on how many chats.", tag=str, count=int
)
TokenAnswer = _shape("TokenAnswer", "An API token, without the token itself.", ApiToken)
Exchange = create_model(
    "Exchange",
    __doc__="A question and how its answer ended.",
    user=(MessageAnswer, ...),
    assistant=(MessageAnswer, ...),
)
NewTokenAnswer = create_model(
    "NewTokenAnswer",
    __base__=TokenAnswer,
    __doc__="A new API token; this is the only time it can be read.",
    token=(str, Field(examples=["parley_…"])),
)
_TOLD = ("system_prompt", "tools", "model", "parameters")
PersonaText = _shape("PersonaText", "Who can answer.", Persona, *_TOLD)
PersonaAnswer = create_model(
    "PersonaAnswer",
    __base__=PersonaText,
    __doc__="Who can answer; ``is_default`` marks the one of new sessions.",
    own=(bool, Field(description="Whether the caller made it; nobody else sees it.")),
    is_default=bool,
)
ModelAnswer = create_model(
    "ModelAnswer", __doc__="A model that can be asked.", id=str, is_default=bool
)
Deleted = create_model("Deleted", __doc__="The id of what was deleted.", deleted=str)
ImportAnswer = _shape(
    "ImportAnswer",
    "How far an import is; ``done`` and ``total`` are messages, ``skipped`` the first that were.",
    Import,
)
PreviewAnswer = create_model(
    "PreviewAnswer",
    __doc__="What a file would bring; ``known`` chats are there; a table's ``mapping`` is guessed.",
    import_id=str,
    kind=str,
    chats=int,
    known=int,
    files=int,
    messages=int,
    skipped=list[dict[str, str]],
    skipped_count=int,
    columns=list[str],
    mapping=dict[str, str],
)
StartedAnswer = create_model("StartedAnswer", __doc__="An import that runs.", import_id=str)
DeletedCount = create_model("DeletedCount", __doc__="How many were deleted.", deleted=int)
Stopped = create_model("Stopped", __doc__="The message whose answer was ended.", stopped=int)


class Me(BaseModel):
    """Whose token or login it is."""

    id: str = Field(examples=["default"])
    username: str
    display_name: str
    role: Literal["admin", "user", "guest"]
    mode: ModeName


class Health(BaseModel):
    """Whether it works."""

    status: Literal["ok", "degraded", "unavailable"]
    database: Literal["ok", "unavailable"]
    disk: Literal["ok", "low", "full"] = Field(
        description="`low`: less than PARLEY_MIN_FREE_MB is left; `full`: it took no more of late."
    )
    version: str
    running: int = Field(description="Answers that this process writes now.")
    read_only: bool = Field(description="Whether all writes are refused, for maintenance.")
    backup_age: int | None = Field(
        description="Seconds since the last good backup, if there is one."
    )


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


def shaped(shape: type[BaseModel], value: object) -> JsonObject:
    """Those fields of a value that the shape has."""
    return {name: getattr(value, name) for name in _names(shape)}


class Json(JSONResponse):
    """JSON with times in ISO 8601; a list of 50 sessions is not validated once more."""

    def render(self, content: object) -> bytes:
        """See `JSONResponse`."""
        dumped = partial(json.dumps, content, default=_plain, separators=(",", ":"))
        try:
            return dumped(ensure_ascii=False, allow_nan=False).encode()
        except UnicodeEncodeError:  # half a surrogate pair, which UTF-8 cannot say
            return dumped(allow_nan=False).encode()


def session(
    value: ChatSession, status: int = 200, messages: Sequence[Message] | None = None
) -> Json:
    """The answer with one session, and some of its messages if they are given."""
    said = shaped(SessionAnswer, value)
    if messages is not None:
        said["messages"] = [shaped(MessageAnswer, message) for message in messages]
    return Json(said, status, {"ETag": f'"{value.version}"'})


def _plain(value: object) -> object:
    if isinstance(value, datetime):
        return value.isoformat(timespec="microseconds").replace("+00:00", "Z")
    if isinstance(value, Mapping):
        return dict(value)
    if isinstance(value, MessageMetadata):
        return value.as_json()
    if isinstance(value, Ask | Included | FileDetails | StoredFile | Computed | ColumnInfo):
        return asdict(value)
    raise TypeError(f"{type(value).__name__} is not JSON")
