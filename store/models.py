"""The tables of chats.

Messages form a tree (``parent_id``); ``depth`` is 1 at the root, so the leaf's depth is the number
of messages on its branch. Message ids count up per session (``next_number``).
"""

from datetime import datetime

from sqlalchemy import (
    JSON,
    Column,
    Float,
    ForeignKeyConstraint,
    Index,
    Integer,
    String,
    Text,
    UniqueConstraint,
)
from sqlmodel import Field

from store.base import ID, Base, flag, json_column, of_session, of_user
from store.dialects import WHERE
from store.types import PackedText, UtcDateTime


class SessionRow(Base, table=True):
    """One chat; counts, preview and totals are kept in the transaction of each message."""

    __tablename__ = "sessions"
    __table_args__ = (
        of_user(),
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
        Index("ix_sessions_temporary", "temporary", info={WHERE: "temporary"}),
        Index("ix_sessions_cleared_at", "cleared_at", info={WHERE: "cleared_at IS NOT NULL"}),
        Index("ix_sessions_folder", "user_id", "folder", info={WHERE: "folder IS NOT NULL"}),
    )

    user_id: str = Field(sa_column=Column(ID, primary_key=True))
    session_id: str = Field(sa_column=Column(ID, primary_key=True))
    title: str = Field(sa_column=Column(String(200), nullable=False, server_default=""))
    title_source: str = Field(sa_column=Column(String(8), nullable=False, server_default="auto"))
    description: str = Field(sa_column=Column(Text, nullable=False, server_default=""))
    persona: str = Field(sa_column=Column(String(64), nullable=False, server_default="default"))
    model: str = Field(sa_column=Column(String(200), nullable=False, server_default=""))
    parameters: dict[str, object] = Field(sa_column=json_column())
    context: dict[str, object] = Field(sa_column=json_column())
    allowed_tools: list[object] = Field(sa_column=json_column("[]"))
    meta: dict[str, object] = Field(sa_column=json_column("{}", "metadata"))
    active_leaf_id: int | None = Field(sa_column=Column(Integer))
    next_number: int = Field(sa_column=Column(Integer, nullable=False, server_default="1"))
    message_count: int = Field(sa_column=Column(Integer, nullable=False, server_default="0"))
    prompt_tokens: int = Field(sa_column=Column(Integer, nullable=False, server_default="0"))
    completion_tokens: int = Field(sa_column=Column(Integer, nullable=False, server_default="0"))
    cost: float = Field(sa_column=Column(Float, nullable=False, server_default="0"))
    preview: str = Field(sa_column=Column(String(80), nullable=False, server_default=""))
    search_text: str = Field(sa_column=Column(Text, nullable=False, server_default=""))
    is_active: bool = Field(sa_column=flag("true"))
    pinned: bool = Field(sa_column=flag("false"))
    folder: str | None = Field(sa_column=Column(String(64)))
    archived_at: datetime | None = Field(sa_column=Column(UtcDateTime))
    deleted_at: datetime | None = Field(sa_column=Column(UtcDateTime))
    expires_at: datetime | None = Field(sa_column=Column(UtcDateTime))
    created_at: datetime = Field(sa_column=Column(UtcDateTime, nullable=False))
    last_activity_at: datetime = Field(sa_column=Column(UtcDateTime, nullable=False))
    answered_at: datetime | None = Field(sa_column=Column(UtcDateTime))
    seen_at: datetime | None = Field(sa_column=Column(UtcDateTime))
    temporary: bool = Field(sa_column=flag("false"))
    cleared_at: datetime | None = Field(sa_column=Column(UtcDateTime))
    cleared: dict[str, object] | None = Field(sa_column=Column(JSON(none_as_null=True)))
    version: int = Field(sa_column=Column(Integer, nullable=False, server_default="1"))


class MessageRow(Base, table=True):
    """One message of the tree; the text is stored as it came."""

    __tablename__ = "messages"
    __table_args__ = (
        of_session(),
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
        Index("ix_messages_files", "user_id", "session_id", info={WHERE: "file_count > 0"}),
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
    tools_used: list[object] = Field(sa_column=json_column("[]"))
    processing_time_ms: int | None = Field(sa_column=Column(Integer))
    first_token_ms: int | None = Field(sa_column=Column(Integer))
    prompt_tokens: int | None = Field(sa_column=Column(Integer))
    completion_tokens: int | None = Field(sa_column=Column(Integer))
    cached_tokens: int | None = Field(sa_column=Column(Integer))
    cost: float | None = Field(sa_column=Column(Float))
    feedback: str | None = Field(sa_column=Column(String(8)))
    bookmarked: bool = Field(sa_column=flag("false"))
    checkpoint_at: datetime | None = Field(sa_column=Column(UtcDateTime))
    owner_process: str | None = Field(sa_column=Column(String(200)))
    idempotency_key: str | None = Field(sa_column=Column(String(200)))
    asks: list[object] = Field(sa_column=json_column("[]"))
    asked_at: datetime | None = Field(sa_column=Column(UtcDateTime))
    paused: dict[str, object] | None = Field(sa_column=Column(JSON(none_as_null=True)))
    meta: dict[str, object] = Field(sa_column=json_column("{}", "metadata"))
    deleted_at: datetime | None = Field(sa_column=Column(UtcDateTime))
    created_at: datetime = Field(sa_column=Column(UtcDateTime, nullable=False))
    file_count: int = Field(sa_column=Column(Integer, nullable=False, server_default="0"))
    result_count: int = Field(sa_column=Column(Integer, nullable=False, server_default="0"))


class PieceRow(Base, table=True):
    """A part of an answer that is being written; ``number`` is the character it begins at."""

    __tablename__ = "answer_pieces"
    __table_args__ = (
        ForeignKeyConstraint(
            ["user_id", "session_id", "message_id"],
            [f"messages.{name}" for name in ("user_id", "session_id", "id")],
            ondelete="CASCADE",
        ),
    )

    user_id: str = Field(sa_column=Column(ID, primary_key=True))
    session_id: str = Field(sa_column=Column(ID, primary_key=True))
    message_id: int = Field(sa_column=Column(Integer, primary_key=True, autoincrement=False))
    number: int = Field(sa_column=Column(Integer, primary_key=True, autoincrement=False))
    text: str = Field(sa_column=Column(PackedText, nullable=False))


class ProfileRow(Base, table=True):
    """An analysis result of a session."""

    __tablename__ = "profiles"
    __table_args__ = (of_session(),)

    user_id: str = Field(sa_column=Column(ID, primary_key=True))
    session_id: str = Field(sa_column=Column(ID, primary_key=True))
    source: str = Field(sa_column=Column(String(32), primary_key=True))
    handle: str = Field(sa_column=Column(String(200), primary_key=True))
    result: dict[str, object] = Field(sa_column=json_column())
    deleted_at: datetime | None = Field(sa_column=Column(UtcDateTime))
    created_at: datetime = Field(sa_column=Column(UtcDateTime, nullable=False))
