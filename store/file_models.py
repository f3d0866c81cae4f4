"""The tables of attached files and of what tools computed.

What is in a file lies in a folder by its SHA-256 (`store.file_values`), the same of several people
once. Triggers, which a cascade fires too, see to what goes together: a file goes with the last
message that has it, and of each file that went the hash is kept in ``gone_files`` until somebody
has looked whether its bytes may go.
"""

from datetime import datetime

from sqlalchemy import (
    DDL,
    BigInteger,
    Column,
    ForeignKeyConstraint,
    Index,
    Integer,
    LargeBinary,
    String,
    Text,
    UniqueConstraint,
    event,
)
from sqlmodel import Field

from store.base import ID, Base, json_column, of_user
from store.types import UtcDateTime

NAME_MAX, HASH = 200, String(64)
_IS_USED = (
    "EXISTS (SELECT 1 FROM message_files AS m WHERE m.user_id = {row}.user_id"
    " AND m.file_id = {row}.file_id)"
)
_FILE = "files.user_id = {row}.user_id AND files.file_id = {row}.file_id"
FILE_DDLS: dict[str, dict[str, tuple[str, ...]]] = {
    "sqlite": {
        "message_files": (
            "CREATE TRIGGER files_unused AFTER DELETE ON message_files BEGIN "
            f"DELETE FROM files WHERE {_FILE.format(row='old')}"
            f" AND NOT {_IS_USED.format(row='old')}; END",
        ),
        "files": (
            "CREATE TRIGGER files_gone AFTER DELETE ON files WHEN old.sha256 IS NOT NULL BEGIN "
            "INSERT OR IGNORE INTO gone_files (sha256) VALUES (old.sha256); END",
        ),
    },
    "postgresql": {
        # Locked first: whoever attaches it at this moment is waited for, and seen then.
        "message_files": (
            "CREATE OR REPLACE FUNCTION files_unused() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
            f" PERFORM 1 FROM files WHERE {_FILE.format(row='old')} FOR UPDATE;"
            f" DELETE FROM files WHERE {_FILE.format(row='old')}"
            f" AND NOT {_IS_USED.format(row='old')}; RETURN NULL; END $$",
            "CREATE TRIGGER files_unused AFTER DELETE ON message_files"
            " FOR EACH ROW EXECUTE FUNCTION files_unused()",
        ),
        "files": (
            "CREATE OR REPLACE FUNCTION files_gone() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
            " INSERT INTO gone_files (sha256) VALUES (old.sha256) ON CONFLICT DO NOTHING;"
            " RETURN NULL; END $$",
            "CREATE TRIGGER files_gone AFTER DELETE ON files FOR EACH ROW"
            " WHEN (old.sha256 IS NOT NULL) EXECUTE FUNCTION files_gone()",
        ),
    },
}
"""What follows each of these tables when it is made."""


def _of_message() -> ForeignKeyConstraint:
    key = ["user_id", "session_id", "message_id"]
    return ForeignKeyConstraint(
        key, [f"messages.{name}" for name in ("user_id", "session_id", "id")], ondelete="CASCADE"
    )


class FileRow(Base, table=True):
    """A file of somebody's; without a hash one that they removed and that messages still name."""

    __tablename__ = "files"
    __table_args__ = (
        of_user(),
        UniqueConstraint("user_id", "sha256", name="uq_files_once"),
        Index("ix_files_sha256", "sha256"),
        Index("ix_files_newest", "user_id", "created_at", "file_id"),
    )

    user_id: str = Field(sa_column=Column(ID, primary_key=True))
    file_id: str = Field(sa_column=Column(ID, primary_key=True))
    name: str = Field(sa_column=Column(String(NAME_MAX), nullable=False))
    kind: str = Field(sa_column=Column(String(16), nullable=False))
    media_type: str = Field(sa_column=Column(String(100), nullable=False))
    size: int = Field(sa_column=Column(BigInteger, nullable=False))
    sha256: str | None = Field(sa_column=Column(HASH))
    details: dict[str, object] = Field(sa_column=json_column())
    created_at: datetime = Field(sa_column=Column(UtcDateTime, nullable=False))
    deleted_at: datetime | None = Field(sa_column=Column(UtcDateTime))


class MessageFileRow(Base, table=True):
    """That a message has a file; ``position`` is its place among them, from 0."""

    __tablename__ = "message_files"
    __table_args__ = (
        _of_message(),
        ForeignKeyConstraint(
            ["user_id", "file_id"], ["files.user_id", "files.file_id"], ondelete="CASCADE"
        ),
        Index("ix_message_files_file", "user_id", "file_id"),
    )

    user_id: str = Field(sa_column=Column(ID, primary_key=True))
    session_id: str = Field(sa_column=Column(ID, primary_key=True))
    message_id: int = Field(sa_column=Column(Integer, primary_key=True, autoincrement=False))
    file_id: str = Field(sa_column=Column(ID, primary_key=True))
    position: int = Field(sa_column=Column(Integer, nullable=False))


class ResultRow(Base, table=True):
    """A table or chart that a tool made for an answer; ``number`` is its place, from 1.

    ``shown`` is the beginning of its rows as an Arrow stream, ``data`` all that are kept of them
    as Parquet; ``count`` says how many those are, and ``total`` how many there were.
    """

    __tablename__ = "results"
    __table_args__ = (_of_message(),)

    user_id: str = Field(sa_column=Column(ID, primary_key=True))
    session_id: str = Field(sa_column=Column(ID, primary_key=True))
    message_id: int = Field(sa_column=Column(Integer, primary_key=True, autoincrement=False))
    result_id: str = Field(sa_column=Column(ID, primary_key=True))
    number: int = Field(sa_column=Column(Integer, nullable=False))
    kind: str = Field(sa_column=Column(String(16), nullable=False))
    title: str = Field(sa_column=Column(String(200), nullable=False))
    query: str = Field(sa_column=Column(Text, nullable=False))
    about: dict[str, object] = Field(sa_column=json_column())
    columns: list[object] = Field(sa_column=json_column("[]"))
    count: int = Field(sa_column=Column(Integer, nullable=False))
    total: int = Field(sa_column=Column(BigInteger, nullable=False))
    size: int = Field(sa_column=Column(Integer, nullable=False))
    created_at: datetime = Field(sa_column=Column(UtcDateTime, nullable=False))
    shown: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    data: bytes = Field(sa_column=Column(LargeBinary, nullable=False))


class GoneFileRow(Base, table=True):
    """A hash whose bytes may have to go: a row that had them went."""

    __tablename__ = "gone_files"

    sha256: str = Field(sa_column=Column(HASH, primary_key=True))


for _dialect, _tables in FILE_DDLS.items():
    for _name, _statements in _tables.items():
        for _statement in _statements:
            _after = DDL(_statement).execute_if(dialect=_dialect)  # type: ignore[no-untyped-call]
            event.listen(Base.metadata.tables[_name], "after_create", _after)
