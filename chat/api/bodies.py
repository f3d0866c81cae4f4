"""What requests may say in their bodies.

What may be said of a session is the store's: its fields, their types and their rules.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any, Literal, Self, get_type_hints

from pydantic import (
    AfterValidator,
    BeforeValidator,
    Field,
    GetPydanticSchema,
    create_model,
    model_validator,
)
from pydantic_core.core_schema import literal_schema

from chat.api.fields import (
    SESSION_ID,
    Body,
    JsonObject,
    ModelName,
    Name,
    Parameters,
    StoredText,
    checked_by,
)
from chat.profiles.choice import NAMES
from chat.sharing.sharing import Wanted
from store.asking import Decision
from store.folders import Colour
from store.metadata import check_own
from store.session_values import RULES, SYSTEM_PROMPT_MAX, NewSession, SessionChanges, TextRule
from store.share_values import VIEWS_MAX, Included, ShareMode
from store.texts import TITLE_MAX

Id = Annotated[str, Field(pattern=SESSION_ID, examples=["3f2a"])]
SourceName = Annotated[str, GetPydanticSchema(lambda *_: literal_schema(["", *NAMES]))]
Content = Annotated[StoredText, Field(examples=["My chain slips. What do I check?"])]
FileIds = Annotated[list[Id], Field(max_length=1000, examples=[["3f2a"]])]
OwnMetadata = Annotated[
    JsonObject,
    AfterValidator(checked_by(check_own)),
    Field(description="Any JSON object of at most 16 kB.", examples=[{"ticket": 7}]),
]


def _moment(value: object) -> datetime:
    if not isinstance(value, str):
        raise ValueError("Input should be a time in ISO 8601")
    return datetime.fromisoformat(value)


Moment = Annotated[datetime, BeforeValidator(_moment)]
_KINDS: Mapping[str, Any] = {
    "parameters": Parameters,
    "metadata": JsonObject,
    "expires_at": Moment | None,
    "tags": list[str],
}
"""Where JSON has another type."""
_SHOWN: Mapping[str, JsonObject] = {
    "title": {"minLength": 1, "maxLength": TITLE_MAX, "examples": ["A loose chain"]},
    "model": {"description": "Empty: the default one."},
    "folder": {"description": "The id of one of your folders; null: none."},
    "tags": {"description": "At most 20 words, kept in small letters.", "examples": [["bike"]]},
    "allowed_tools": {"description": "Some of what was allowed for all of this chat, or nothing."},
    "expires_at": {
        "description": "When it goes into the trash, unless it is pinned: to come; null: never."
    },
    "temporary": {
        "description": "Not listed, found or shared, and gone for good an hour after its last use."
    },
    "metadata": {"description": "Any JSON object of at most 16 kB.", "examples": [{"ticket": 7}]},
}
"""What the document says of a field besides its type."""


def _body(said: type, may_be_null: bool, **fields: Any) -> type[Body]:
    """A body with these fields and those of a value of the store, which may be left out."""
    for name, hint in get_type_hints(said).items():
        kind, rule = _KINDS.get(name, hint), RULES.get(name)
        shown = dict(_SHOWN.get(name, {}))
        if isinstance(rule, TextRule):
            shown |= {"minLength": rule.least, "maxLength": rule.most}
        if rule is not None and kind is not Parameters:
            kind = Annotated[kind, AfterValidator(checked_by(rule))]
        fields[name] = (kind | None if may_be_null else kind, Field(None, json_schema_extra=shown))
    return create_model(said.__name__, __base__=Body, **fields)


class SessionBody(_body(NewSession, True, session_id=(Id | None, None))):  # type: ignore[misc]
    """All of it may be left out."""


class NewSessionBody(_body(NewSession, True)):  # type: ignore[misc]
    """All of it may be left out, and null: nothing but that it may be made."""


class SessionPatch(_body(SessionChanges, False)):  # type: ignore[misc]
    """What is left out stays as it is."""


class MessageBody(Body):
    """``parent_id`` is the answer that it follows; left out, the last one.

    With ``new_session`` the session is made so, unless it is there. Without an ``answer`` it is
    kept as it is, whoever wrote it, and no model is asked; ``parent_id`` may then be any message.
    """

    content: Content = ""
    file_ids: FileIds | None = Field(default=None, description="What is attached to it.")
    answer: bool = True
    role: Literal["user", "assistant", "system"] = "user"
    metadata: OwnMetadata | None = None
    model: ModelName | None = Field(default=None, description="For this session from now on.")
    parent_id: int | None = None
    new_session: NewSessionBody | None = None

    @model_validator(mode="after")
    def _is_asked_by_a_user(self) -> Self:
        if self.answer and (self.role != "user"):
            raise ValueError("Only a message of the user can be answered")
        if not self.answer and self.model is not None:
            raise ValueError("No model is asked without an answer")
        if not self.answer and self.file_ids:
            raise ValueError("Files are attached to questions only")
        return self

    @property
    def session(self) -> NewSession | None:
        """What is said of a session that may have to be made."""
        return None if self.new_session is None else new_session(self.new_session)


class EditBody(Body):
    """Another version of a question; without ``file_ids`` with the files it has."""

    content: Content = ""
    file_ids: FileIds | None = None


class AgainBody(Body):
    """Who answers this once; the session stays as it is. What is left out is as it has it."""

    model: ModelName | None = None
    persona: Name | None = None


class DecisionBody(Body):
    """``call_id`` is that of one of the message's ``asks``; ``chat`` allows it in this chat."""

    call_id: Annotated[StoredText, Field(examples=["call_1"])]
    decision: Decision


class FolderPatch(Body):
    """What is left out stays as it is."""

    name: Annotated[StoredText, Field(max_length=200, examples=["Bikes"])] = ""
    parent_id: Id | None = Field(default=None, description="The folder it is in; null: none.")
    colour: Colour = "gray"
    system_prompt: Annotated[StoredText, Field(max_length=SYSTEM_PROMPT_MAX)] = Field(
        default="", description="Told to models in all of its chats."
    )


class FolderBody(FolderPatch):
    """A folder to be made."""

    name: Annotated[StoredText, Field(max_length=200, examples=["Bikes"])]
    folder_id: Id | None = None


class MarksBody(Body):
    """What is left out stays as it is; ``metadata`` is replaced whole, except what Parley knows."""

    feedback: Literal["good", "bad"] | None = None
    bookmarked: bool = False
    metadata: OwnMetadata = Field(default={}, validate_default=False)


class ChatBody(Body):
    """Without ``thread_id`` in a new session; with one that is new, in a session of that id."""

    message: Content
    thread_id: Id | None = None
    persona: Name | None = None


class ProfileBody(Body):
    """Without ``source`` it is found from how the handle is written."""

    source: SourceName = ""
    handle: Annotated[StoredText, Field(max_length=500, examples=["bsky.app"])]
    again: bool = Field(default=False, description="Fetch, also when there is a stored result.")
    file_name: Annotated[StoredText, Field(max_length=200)] | None = None
    content: Annotated[StoredText, Field(max_length=20_000_000)] | None = None


class IncludeBody(Body):
    """What is visible besides the texts; what is left out is not.

    With ``files`` whoever continues the chat as their own gets them, too, of pictures the cleaned
    ones; with ``tools`` the tables and charts that these computed.
    """

    files: bool = False
    tools: bool = False
    profiles: bool = False
    names: bool = False


class ShareBody(Body):
    """All of it may be left out: a snapshot for a week."""

    mode: ShareMode = "snapshot"
    expires_at: Moment | None = None
    password: Annotated[StoredText, Field(max_length=200)] | None = None
    view_limit: int | None = Field(default=None, ge=1, le=VIEWS_MAX)
    include: IncludeBody = IncludeBody()

    @property
    def wanted(self) -> Wanted:
        """What is asked of the link."""
        said = {name: getattr(self, name) for name in ("mode", "expires_at", "view_limit")}
        include = Included(**self.include.model_dump())
        return Wanted(**said, password=self.password or "", include=include)


class ImportBody(Body):
    """With `columns`, which of a table's says what: `{"content": "text", "role": "sender"}`."""

    columns: dict[str, StoredText] | None = None
    dry_run: bool = False


class TokenBody(Body):
    """``expires_in_days`` left out: it holds until it is revoked."""

    name: Annotated[StoredText, Field(examples=["laptop"])]
    expires_in_days: int | None = Field(default=None, ge=1, le=3650)


def new_session(body: Body | None) -> NewSession:
    """What is said of a session to be made."""
    said = {name: value for name, value in given(body).items() if value is not None}
    said.pop("session_id", None)
    return NewSession(**said)


def given(body: Body | None) -> JsonObject:
    """What a body says, without what it leaves out."""
    said = body.model_dump(exclude_unset=True) if body else {}
    if said.get("parameters") is not None:
        named = said["parameters"].items()
        said["parameters"] = {name: value for name, value in named if value is not None}
    return said
