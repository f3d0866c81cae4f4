"""Attached files, and what tools computed for answers."""

import sqlalchemy as sa
from alembic import op

from store.types import UtcDateTime

revision = "0019"
down_revision = "0018"

ID, HASH = sa.String(64), sa.String(64)
UNUSED = (
    "DELETE FROM files WHERE files.user_id = old.user_id AND files.file_id = old.file_id"
    " AND NOT EXISTS (SELECT 1 FROM message_files AS m WHERE m.user_id = old.user_id"
    " AND m.file_id = old.file_id);"
)
TRIGGERS = {
    "sqlite": (
        f"CREATE TRIGGER files_unused AFTER DELETE ON message_files BEGIN {UNUSED} END",
        "CREATE TRIGGER files_gone AFTER DELETE ON files WHEN old.sha256 IS NOT NULL BEGIN "
        "INSERT OR IGNORE INTO gone_files (sha256) VALUES (old.sha256); END",
    ),
    "postgresql": (
        "CREATE OR REPLACE FUNCTION files_unused() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
        " PERFORM 1 FROM files WHERE files.user_id = old.user_id AND files.file_id = old.file_id"
        f" FOR UPDATE; {UNUSED} RETURN NULL; END $$",
        "CREATE TRIGGER files_unused AFTER DELETE ON message_files"
        " FOR EACH ROW EXECUTE FUNCTION files_unused()",
        "CREATE OR REPLACE FUNCTION files_gone() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
        " INSERT INTO gone_files (sha256) VALUES (old.sha256) ON CONFLICT DO NOTHING;"
        " RETURN NULL; END $$",
        "CREATE TRIGGER files_gone AFTER DELETE ON files FOR EACH ROW"
        " WHEN (old.sha256 IS NOT NULL) EXECUTE FUNCTION files_gone()",
    ),
}


def upgrade() -> None:
    """No chat has any yet."""
    for name in ("file_count", "result_count"):
        column = sa.Column(name, sa.Integer(), nullable=False, server_default="0")
        op.add_column("messages", column)
    op.create_index(
        "ix_messages_files",
        "messages",
        ["user_id", "session_id"],
        sqlite_where=sa.text("file_count > 0"),
        postgresql_where=sa.text("file_count > 0"),
    )
    op.create_table("gone_files", sa.Column("sha256", HASH, primary_key=True))
    op.create_table(
        "files",
        sa.Column("user_id", ID, primary_key=True),
        sa.Column("file_id", ID, primary_key=True),
        sa.Column("name", sa.String(200), nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("media_type", sa.String(100), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("sha256", HASH),
        sa.Column("details", sa.JSON(), nullable=False, server_default=sa.text("'{}'")),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("deleted_at", UtcDateTime()),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], ondelete="CASCADE"),
        sa.UniqueConstraint("user_id", "sha256", name="uq_files_once"),
    )
    op.create_index("ix_files_sha256", "files", ["sha256"])
    op.create_index("ix_files_newest", "files", ["user_id", "created_at", "file_id"])
    op.create_table(
        "message_files",
        *_message(),
        sa.Column("file_id", ID, primary_key=True),
        sa.Column("position", sa.Integer(), nullable=False),
        _of_message(),
        sa.ForeignKeyConstraint(
            ["user_id", "file_id"], ["files.user_id", "files.file_id"], ondelete="CASCADE"
        ),
    )
    op.create_index("ix_message_files_file", "message_files", ["user_id", "file_id"])
    op.create_table(
        "results",
        *_message(),
        sa.Column("result_id", ID, primary_key=True),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("title", sa.String(200), nullable=False),
        sa.Column("query", sa.Text(), nullable=False),
        sa.Column("about", sa.JSON(), nullable=False, server_default=sa.text("'{}'")),
        sa.Column("columns", sa.JSON(), nullable=False, server_default=sa.text("'[]'")),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.Column("total", sa.BigInteger(), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("shown", sa.LargeBinary(), nullable=False),
        sa.Column("data", sa.LargeBinary(), nullable=False),
        _of_message(),
    )
    for statement in TRIGGERS[op.get_bind().dialect.name]:
        op.execute(statement)


def _message() -> tuple[sa.Column[str], sa.Column[str], sa.Column[int]]:
    return (
        sa.Column("user_id", ID, primary_key=True),
        sa.Column("session_id", ID, primary_key=True),
        sa.Column("message_id", sa.Integer(), primary_key=True, autoincrement=False),
    )


def _of_message() -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["user_id", "session_id", "message_id"],
        ["messages.user_id", "messages.session_id", "messages.id"],
        ondelete="CASCADE",
    )
