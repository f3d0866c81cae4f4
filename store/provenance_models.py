"""The tables of what was sent for answers: by ids and hashes, with the texts that are no messages.

A text is kept once for a user, under its SHA-256, for as long as an answer names it.
"""

from sqlalchemy import Column, ForeignKeyConstraint, Index, Integer, String, Text
from sqlmodel import Field

from store.base import ID, Base, flag, json_column, of_user

HASH = String(64)


def _of_message() -> ForeignKeyConstraint:
    """Belongs to a message, and goes with it."""
    return ForeignKeyConstraint(
        ["user_id", "session_id", "message_id"],
        [f"messages.{name}" for name in ("user_id", "session_id", "id")],
        ondelete="CASCADE",
    )


class ProvenanceRow(Base, table=True):
    """What an answer was written from."""

    __tablename__ = "provenance"
    __table_args__ = (_of_message(),)

    user_id: str = Field(sa_column=Column(ID, primary_key=True))
    session_id: str = Field(sa_column=Column(ID, primary_key=True))
    message_id: int = Field(sa_column=Column(Integer, primary_key=True, autoincrement=False))
    record: dict[str, object] = Field(sa_column=json_column())


class SentTextRow(Base, table=True):
    """A text that was sent; ``escaped``: as JSON, for no database can keep it as it is."""

    __tablename__ = "sent_texts"
    __table_args__ = (of_user(),)

    user_id: str = Field(sa_column=Column(ID, primary_key=True))
    hash: str = Field(sa_column=Column(HASH, primary_key=True))
    text: str = Field(sa_column=Column(Text, nullable=False))
    escaped: bool = Field(sa_column=flag("false"))


class NamedTextRow(Base, table=True):
    """Which answer names which text."""

    __tablename__ = "named_texts"
    __table_args__ = (
        _of_message(),
        ForeignKeyConstraint(
            ["user_id", "hash"], [f"sent_texts.{name}" for name in ("user_id", "hash")]
        ),
        Index("ix_named_texts_hash", "user_id", "hash"),
    )

    user_id: str = Field(sa_column=Column(ID, primary_key=True))
    session_id: str = Field(sa_column=Column(ID, primary_key=True))
    message_id: int = Field(sa_column=Column(Integer, primary_key=True, autoincrement=False))
    hash: str = Field(sa_column=Column(HASH, primary_key=True))
