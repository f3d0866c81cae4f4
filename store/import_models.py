"""The table of imports: how far each is, for any tab and process to see."""

from datetime import datetime

from sqlalchemy import Column, Index, Integer, String, Text
from sqlmodel import Field

from store.base import ID, Base, flag, json_column, of_user
from store.types import UtcDateTime


class ImportRow(Base, table=True):
    """A file that comes in, or came; ``touched_at`` is its last sign of life."""

    __tablename__ = "imports"
    __table_args__ = (of_user(), Index("ix_imports_newest", "user_id", "created_at"))

    user_id: str = Field(sa_column=Column(ID, primary_key=True))
    import_id: str = Field(sa_column=Column(ID, primary_key=True))
    kind: str = Field(sa_column=Column(String(32), nullable=False))
    state: str = Field(sa_column=Column(String(16), nullable=False))
    wants_end: bool = Field(sa_column=flag("false"))
    chats: int = Field(sa_column=Column(Integer, nullable=False, server_default="0"))
    done: int = Field(sa_column=Column(Integer, nullable=False, server_default="0"))
    total: int = Field(sa_column=Column(Integer, nullable=False, server_default="0"))
    added: int = Field(sa_column=Column(Integer, nullable=False, server_default="0"))
    unchanged: int = Field(sa_column=Column(Integer, nullable=False, server_default="0"))
    skipped: list[object] = Field(sa_column=json_column("[]"))
    skipped_count: int = Field(sa_column=Column(Integer, nullable=False, server_default="0"))
    error: str = Field(sa_column=Column(Text, nullable=False, server_default=""))
    created_at: datetime = Field(sa_column=Column(UtcDateTime, nullable=False))
    touched_at: datetime = Field(sa_column=Column(UtcDateTime, nullable=False))
