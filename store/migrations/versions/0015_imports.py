"""Imports: how far each is, and what came of it."""

import sqlalchemy as sa
from alembic import op

from store.types import UtcDateTime

revision = "0015"
down_revision = "0014"

ID = sa.String(64)


def upgrade() -> None:
    op.create_table(
        "imports",
        sa.Column("user_id", ID, primary_key=True),
        sa.Column("import_id", ID, primary_key=True),
        sa.Column("kind", sa.String(32), nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("wants_end", sa.Boolean(), nullable=False, server_default=sa.text("false")),
        *(
            sa.Column(name, sa.Integer(), nullable=False, server_default="0")
            for name in ("chats", "done", "total", "added", "unchanged")
        ),
        sa.Column("skipped", sa.JSON(), nullable=False, server_default=sa.text("'[]'")),
        sa.Column("skipped_count", sa.Integer(), nullable=False, server_default="0"),
        sa.Column("error", sa.Text(), nullable=False, server_default=""),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("touched_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], ondelete="CASCADE"),
    )
    op.create_index("ix_imports_newest", "imports", ["user_id", "created_at"])
