"""The tables of links to chats, and of the analysis results that snapshots show."""

from datetime import datetime

from sqlalchemy import Column, ForeignKeyConstraint, Integer, String, UniqueConstraint
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


class ShareResultRow(Base, table=True):
    """An analysis result as a snapshot shows it: that of its chat can be fetched again."""

    __tablename__ = "share_results"
    __table_args__ = (
        ForeignKeyConstraint(
            ["user_id", "session_id", "share_id"],
            [f"shares.{name}" for name in ("user_id", "session_id", "id")],
            ondelete="CASCADE",
            onupdate="CASCADE",
        ),
    )

    user_id: str = Field(sa_column=Column(ID, primary_key=True))
    session_id: str = Field(sa_column=Column(ID, primary_key=True))
    share_id: str = Field(sa_column=Column(ID, primary_key=True))
    source: str = Field(sa_column=Column(String(32), primary_key=True))
    handle: str = Field(sa_column=Column(String(200), primary_key=True))
    result: dict[str, object] = Field(sa_column=json_column())
    created_at: datetime = Field(sa_column=Column(UtcDateTime, nullable=False))
