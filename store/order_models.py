"""The tables of how somebody keeps their chats in order: folders, and tags."""

from datetime import datetime

from sqlalchemy import Column, ForeignKeyConstraint, Index, String, Text
from sqlmodel import Field

from store.base import ID, Base, of_session, of_user
from store.texts import TAG_MAX
from store.types import UtcDateTime

NAME_MAX = 64


class FolderRow(Base, table=True):
    """A folder, in another one or in none; ``sessions.folder`` is its id."""

    __tablename__ = "folders"
    __table_args__ = (
        of_user(),
        ForeignKeyConstraint(
            ["user_id", "parent_id"], ["folders.user_id", "folders.folder_id"], name="fk_inside"
        ),
    )

    user_id: str = Field(sa_column=Column(ID, primary_key=True))
    folder_id: str = Field(sa_column=Column(ID, primary_key=True))
    parent_id: str | None = Field(sa_column=Column(ID))
    name: str = Field(sa_column=Column(String(NAME_MAX), nullable=False))
    colour: str = Field(sa_column=Column(String(16), nullable=False, server_default="gray"))
    system_prompt: str = Field(sa_column=Column(Text, nullable=False, server_default=""))
    created_at: datetime = Field(sa_column=Column(UtcDateTime, nullable=False))


class TagRow(Base, table=True):
    """A word that somebody put on a session."""

    __tablename__ = "tags"
    __table_args__ = (of_session(), Index("ix_tags_tag", "user_id", "tag"))

    user_id: str = Field(sa_column=Column(ID, primary_key=True))
    session_id: str = Field(sa_column=Column(ID, primary_key=True))
    tag: str = Field(sa_column=Column(String(TAG_MAX), primary_key=True))
