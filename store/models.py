"""The tables.

On a registry of their own, because a hot reload runs this module again. All keys begin with
the owner. Messages form a tree (``parent_id``); ``depth`` is 1 at the root, so the leaf's depth
is the number of messages on its branch. Message ids count up per session (``next_number``).
"""

from datetime import datetime

from sqlalchemy import (
    JSON,
    Boolean,
    Column,
    Float,
    ForeignKeyConstraint,
    Index,
    Integer,
    String,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import registry as new_registry
from sqlmodel import Field, SQLModel

from store.dialects import WHERE
from store.types import UtcDateTime

registry = new_registry()
ID = String(64)


class Base(SQLModel, registry=registry):
    """The root of Parley's own tables."""


def _json(empty: str = "{}", name: str | None = None) -> Column[object]:
    return Column(name, JSON(), nullable=False, server_default=text(f"'{empty}'"))


def _flag(default: str) -> Column[bool]:
    return Column(Boolean, nullable=False, server_default=text(default))


def _of_user() -> ForeignKeyConstraint:
    return ForeignKeyConstraint(["user_id"], ["users.id"], ondelete="CASCADE")


def _of_session() -> ForeignKeyConstraint:
    key = ["user_id", "session_id"]
    return ForeignKeyConstraint(key, [f"sessions.{name}" for name in key], ondelete="CASCADE")


class UserRow(Base, table=True):
    """Somebody who has sessions; the local user of a start without login is ``default``."""

    __tablename__ = "users"
    __table_args__ = (Index("ix_users_subject", "subject", unique=True),)

    id: str = Field(sa_column=Column(ID, primary_key=True))
    username: str = Field(sa_column=Column(String(200), nullable=False, unique=True))
    email: str | None = Field(sa_column=Column(String(320)))
    display_name: str = Field(sa_column=Column(String(200), nullable=False, server_default=""))
    password_hash: str | None = Field(sa_column=Column(String(200)))
    role: str = Field(sa_column=Column(String(16), nullable=False, server_default="user"))
    created_at: datetime = Field(sa_column=Column(UtcDateTime, nullable=False))
    last_seen_at: datetime | None = Field(sa_column=Column(UtcDateTime))
    disabled_at: datetime | None = Field(sa_column=Column(UtcDateTime))
    tokens_valid_after: datetime | None = Field(sa_column=Column(UtcDateTime))
    subject: str | None = Field(sa_column=Column(String(400)))


class SessionRow(Base, table=True):
    """One chat; counts, preview and totals are kept in the transaction of each message."""

    __tablename__ = "sessions"
    __table_args__ = (
        _of_user(),
        Index(
            "ix_sessions_list",
            "user_id",
            "pinned",
            "last_activity_at",
            "session_id",
            info={WHERE: "deleted_at IS NULL AND archived_at IS NULL"},
        ),
        Index("ix_sessions_activity", "user_id", "deleted_at", "archived_at", "last_activity_at"),
        Index("ix_sessions_expiry", "expires_at", info={WHERE: "expires_at IS NOT NULL"}),
    )

    user_id: str = Field(sa_column=Column(ID, primary_key=True))
    session_id: str = Field(sa_column=Column(ID, primary_key=True))
    title: str = Field(sa_column=Column(String(200), nullable=False, server_default=""))
    title_source: str = Field(sa_column=Column(String(8), nullable=False, server_default="auto"))
    description: str = Field(sa_column=Column(Text, nullable=False, server_default=""))
    persona: str = Field(sa_column=Column(String(64), nullable=False, server_default="default"))
    model: str = Field(sa_column=Column(String(200), nullable=False, server_default=""))
    parameters: dict[str, object] = Field(sa_column=_json())
    context: dict[str, object] = Field(sa_column=_json())
    meta: dict[str, object] = Field(sa_column=_json("{}", "metadata"))
    active_leaf_id: int | None = Field(sa_column=Column(Integer))
    next_number: int = Field(sa_column=Column(Integer, nullable=False, server_default="1"))
    message_count: int = Field(sa_column=Column(Integer, nullable=False, server_default="0"))
    prompt_tokens: int = Field(sa_column=Column(Integer, nullable=False, server_default="0"))
    completion_tokens: int = Field(sa_column=Column(Integer, nullable=False, server_default="0"))
    cost: float = Field(sa_column=Column(Float, nullable=False, server_default="0"))
    preview: str = Field(sa_column=Column(String(80), nullable=False, server_default=""))
    search_text: str = Field(sa_column=Column(Text, nullable=False, server_default=""))
    is_active: bool = Field(sa_column=_flag("true"))
    pinned: bool = Field(sa_column=_flag("false"))
    folder: str | None = Field(sa_column=Column(String(64)))
    archived_at: datetime | None = Field(sa_column=Column(UtcDateTime))
    deleted_at: datetime | None = Field(sa_column=Column(UtcDateTime))
    expires_at: datetime | None = Field(sa_column=Column(UtcDateTime))
    created_at: datetime = Field(sa_column=Column(UtcDateTime, nullable=False))
    last_activity_at: datetime = Field(sa_column=Column(UtcDateTime, nullable=False))
    answered_at: datetime | None = Field(sa_column=Column(UtcDateTime))
    seen_at: datetime | None = Field(sa_column=Column(UtcDateTime))
    version: int = Field(sa_column=Column(Integer, nullable=False, server_default="1"))


class MessageRow(Base, table=True):
    """One message of the tree; the text is stored as it came."""

    __tablename__ = "messages"
    __table_args__ = (
        _of_session(),
        ForeignKeyConstraint(
            ["user_id", "session_id", "parent_id"],
            [f"messages.{name}" for name in ("user_id", "session_id", "id")],
        ),
        UniqueConstraint("user_id", "session_id", "idempotency_key", name="uq_messages_once"),
        Index("ix_messages_parent", "user_id", "session_id", "parent_id"),
        Index(
            "ix_messages_open",
            "status",
            "user_id",
            "session_id",
            info={WHERE: "status IN ('queued', 'streaming')"},
        ),
        Index(
            "ix_messages_bookmarked",
            "user_id",
            "session_id",
            "bookmarked",
            info={WHERE: "bookmarked"},
        ),
    )

    user_id: str = Field(sa_column=Column(ID, primary_key=True))
    session_id: str = Field(sa_column=Column(ID, primary_key=True))
    id: int = Field(sa_column=Column(Integer, primary_key=True, autoincrement=False))
    parent_id: int | None = Field(sa_column=Column(Integer))
    depth: int = Field(sa_column=Column(Integer, nullable=False))
    role: str = Field(sa_column=Column(String(16), nullable=False))
    content: str = Field(sa_column=Column(Text, nullable=False, server_default=""))
    status: str = Field(sa_column=Column(String(16), nullable=False, server_default="complete"))
    error_code: str | None = Field(sa_column=Column(String(64)))
    error_message: str | None = Field(sa_column=Column(Text))
    model: str = Field(sa_column=Column(String(200), nullable=False, server_default=""))
    tools_used: list[object] = Field(sa_column=_json("[]"))
    processing_time_ms: int | None = Field(sa_column=Column(Integer))
    first_token_ms: int | None = Field(sa_column=Column(Integer))
    prompt_tokens: int | None = Field(sa_column=Column(Integer))
    completion_tokens: int | None = Field(sa_column=Column(Integer))
    cost: float | None = Field(sa_column=Column(Float))
    feedback: str | None = Field(sa_column=Column(String(8)))
    bookmarked: bool = Field(sa_column=_flag("false"))
    checkpoint_at: datetime | None = Field(sa_column=Column(UtcDateTime))
    owner_process: str | None = Field(sa_column=Column(String(200)))
    idempotency_key: str | None = Field(sa_column=Column(String(200)))
    meta: dict[str, object] = Field(sa_column=_json("{}", "metadata"))
    deleted_at: datetime | None = Field(sa_column=Column(UtcDateTime))
    created_at: datetime = Field(sa_column=Column(UtcDateTime, nullable=False))


class ProfileRow(Base, table=True):
    """An analysis result of a session."""

    __tablename__ = "profiles"
    __table_args__ = (_of_session(),)

    user_id: str = Field(sa_column=Column(ID, primary_key=True))
    session_id: str = Field(sa_column=Column(ID, primary_key=True))
    source: str = Field(sa_column=Column(String(32), primary_key=True))
    handle: str = Field(sa_column=Column(String(200), primary_key=True))
    result: dict[str, object] = Field(sa_column=_json())
    created_at: datetime = Field(sa_column=Column(UtcDateTime, nullable=False))


class TokenRow(Base, table=True):
    """An API token; only its SHA-256 is kept."""

    __tablename__ = "api_tokens"
    __table_args__ = (_of_user(), UniqueConstraint("token_hash", name="uq_api_tokens_hash"))

    user_id: str = Field(sa_column=Column(ID, primary_key=True))
    id: str = Field(sa_column=Column(ID, primary_key=True))
    name: str = Field(sa_column=Column(String(100), nullable=False))
    token_hash: str = Field(sa_column=Column(String(64), nullable=False))
    created_at: datetime = Field(sa_column=Column(UtcDateTime, nullable=False))
    expires_at: datetime | None = Field(sa_column=Column(UtcDateTime))
    last_used_at: datetime | None = Field(sa_column=Column(UtcDateTime))


class CodeRow(Base, table=True):
    """A code that works once: to set up, to register (invite), or to set a new password."""

    __tablename__ = "codes"
    __table_args__ = (_of_user(),)

    code_hash: str = Field(sa_column=Column(String(64), primary_key=True))
    kind: str = Field(sa_column=Column(String(16), nullable=False))
    user_id: str | None = Field(sa_column=Column(ID))
    role: str = Field(sa_column=Column(String(16), nullable=False, server_default="user"))
    created_at: datetime = Field(sa_column=Column(UtcDateTime, nullable=False))
    expires_at: datetime = Field(sa_column=Column(UtcDateTime, nullable=False))


class EndedLoginRow(Base, table=True):
    """A login that was logged out before its cookie expires."""

    __tablename__ = "ended_logins"

    login_id: str = Field(sa_column=Column(ID, primary_key=True))
    expires_at: datetime = Field(sa_column=Column(UtcDateTime, nullable=False))


class KeptRow(Base, table=True):
    """What a process made once for all later ones, such as the key that signs cookies."""

    __tablename__ = "kept"

    name: str = Field(sa_column=Column(ID, primary_key=True))
    value: str = Field(sa_column=Column(Text, nullable=False))


class GuestCallRow(Base, table=True):
    """A call of the model that counts for a guest; messages may be gone or copied."""

    __tablename__ = "guest_calls"
    __table_args__ = (_of_user(), Index("ix_guest_calls_latest", "user_id", "called_at"))

    user_id: str = Field(sa_column=Column(ID, primary_key=True))
    id: str = Field(sa_column=Column(ID, primary_key=True))
    called_at: datetime = Field(sa_column=Column(UtcDateTime, nullable=False))


class PersonaRow(Base, table=True):
    """A persona that somebody made for themselves."""

    __tablename__ = "personas"
    __table_args__ = (_of_user(),)

    user_id: str = Field(sa_column=Column(ID, primary_key=True))
    id: str = Field(sa_column=Column(ID, primary_key=True))
    name: str = Field(sa_column=Column(String(60), nullable=False))
    icon: str = Field(sa_column=Column(String(64), nullable=False))
    description: str = Field(sa_column=Column(String(200), nullable=False, server_default=""))
    greeting: str = Field(sa_column=Column(Text, nullable=False, server_default=""))
    starters: list[object] = Field(sa_column=_json("[]"))
    system_prompt: str = Field(sa_column=Column(Text, nullable=False, server_default=""))
    tools: list[object] = Field(sa_column=_json("[]"))
    model: str = Field(sa_column=Column(String(200), nullable=False, server_default=""))
    parameters: dict[str, object] = Field(sa_column=_json())
    created_at: datetime = Field(sa_column=Column(UtcDateTime, nullable=False))
    updated_at: datetime = Field(sa_column=Column(UtcDateTime, nullable=False))


users = Base.metadata.tables["users"]
sessions = Base.metadata.tables["sessions"]
messages = Base.metadata.tables["messages"]
profiles = Base.metadata.tables["profiles"]
api_tokens = Base.metadata.tables["api_tokens"]
codes = Base.metadata.tables["codes"]
ended_logins = Base.metadata.tables["ended_logins"]
kept = Base.metadata.tables["kept"]
guest_calls = Base.metadata.tables["guest_calls"]
personas = Base.metadata.tables["personas"]
