"""The tables of people, and of what processes share."""

from datetime import datetime

from sqlalchemy import Column, Index, String, Text, UniqueConstraint
from sqlmodel import Field

from store.base import ID, Base, json_column, of_user
from store.types import UtcDateTime


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
    preferences: dict[str, object] = Field(sa_column=json_column())


class TokenRow(Base, table=True):
    """An API token; only its SHA-256 is kept."""

    __tablename__ = "api_tokens"
    __table_args__ = (of_user(), UniqueConstraint("token_hash", name="uq_api_tokens_hash"))

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
    __table_args__ = (of_user(),)

    code_hash: str = Field(sa_column=Column(String(64), primary_key=True))
    kind: str = Field(sa_column=Column(String(16), nullable=False))
    user_id: str | None = Field(sa_column=Column(ID))
    role: str = Field(sa_column=Column(String(16), nullable=False, server_default="user"))
    created_at: datetime = Field(sa_column=Column(UtcDateTime, nullable=False))
    expires_at: datetime = Field(sa_column=Column(UtcDateTime, nullable=False))
    made_by: str | None = Field(sa_column=Column(ID))


class EndedLoginRow(Base, table=True):
    """A login that was logged out before its cookie expires."""

    __tablename__ = "ended_logins"

    login_id: str = Field(sa_column=Column(ID, primary_key=True))
    expires_at: datetime = Field(sa_column=Column(UtcDateTime, nullable=False))


class KeptRow(Base, table=True):
    """A single value of the whole database, such as the key that signs cookies."""

    __tablename__ = "kept"

    name: str = Field(sa_column=Column(ID, primary_key=True))
    value: str = Field(sa_column=Column(Text, nullable=False))


class PersonaRow(Base, table=True):
    """A persona that somebody made for themselves."""

    __tablename__ = "personas"
    __table_args__ = (of_user(),)

    user_id: str = Field(sa_column=Column(ID, primary_key=True))
    id: str = Field(sa_column=Column(ID, primary_key=True))
    name: str = Field(sa_column=Column(String(60), nullable=False))
    icon: str = Field(sa_column=Column(String(64), nullable=False))
    description: str = Field(sa_column=Column(String(200), nullable=False, server_default=""))
    greeting: str = Field(sa_column=Column(Text, nullable=False, server_default=""))
    starters: list[object] = Field(sa_column=json_column("[]"))
    system_prompt: str = Field(sa_column=Column(Text, nullable=False, server_default=""))
    tools: list[object] = Field(sa_column=json_column("[]"))
    model: str = Field(sa_column=Column(String(200), nullable=False, server_default=""))
    parameters: dict[str, object] = Field(sa_column=json_column())
    created_at: datetime = Field(sa_column=Column(UtcDateTime, nullable=False))
    updated_at: datetime = Field(sa_column=Column(UtcDateTime, nullable=False))
