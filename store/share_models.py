"""The table of links to chats."""

from datetime import datetime

from sqlalchemy import Column, Integer, String, UniqueConstraint
from sqlmodel import Field

from store.base import ID, Base, json_column, of_session
from store.types import UtcDateTime


class ShareRow(Base, table=True):
    """A link to a chat; of its token only the SHA-256 is kept. It goes with the chat."""

    __tablename__ = "shares"
    __table_args__ = (of_session(), UniqueConstraint("token_hash", name="uq_shares_hash"))

    user_id: str = Field(sa_column=Column(ID, primary_key=True))
    session_id: str = Field(sa_column=Column(ID, primary_key=True))
    id: str = Field(sa_column=Column(ID, primary_key=True))
    token_hash: str = Field(sa_column=Column(String(64), nullable=False))
    mode: str = Field(sa_column=Column(String(8), nullable=False))
    title: str = Field(sa_column=Column(String(200), nullable=False, server_default=""))
    name: str = Field(sa_column=Column(String(200), nullable=False, server_default=""))
    leaf_id: int | None = Field(sa_column=Column(Integer))
    include: dict[str, object] = Field(sa_column=json_column())
    password_hash: str | None = Field(sa_column=Column(String(200)))
    view_limit: int | None = Field(sa_column=Column(Integer))
    views: int = Field(sa_column=Column(Integer, nullable=False, server_default="0"))
    expires_at: datetime = Field(sa_column=Column(UtcDateTime, nullable=False))
    created_at: datetime = Field(sa_column=Column(UtcDateTime, nullable=False))
