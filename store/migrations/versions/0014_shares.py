"""Links to chats for whoever has them."""

import sqlalchemy as sa
from alembic import op

from store.types import UtcDateTime

revision = "0014"
down_revision = "0013"

ID = sa.String(64)


def upgrade() -> None:
    """Nothing is shared yet."""
    key = ["user_id", "session_id"]
    op.create_table(
        "shares",
        sa.Column("user_id", ID, primary_key=True),
        sa.Column("session_id", ID, primary_key=True),
        sa.Column("id", ID, primary_key=True),
        sa.Column("token_hash", sa.String(64), nullable=False),
        sa.Column("mode", sa.String(8), nullable=False),
        sa.Column("title", sa.String(200), nullable=False, server_default=""),
        sa.Column("name", sa.String(200), nullable=False, server_default=""),
        sa.Column("leaf_id", sa.Integer()),
        sa.Column("include", sa.JSON(), nullable=False, server_default=sa.text("'{}'")),
        sa.Column("password_hash", sa.String(200)),
        sa.Column("view_limit", sa.Integer()),
        sa.Column("views", sa.Integer(), nullable=False, server_default="0"),
        sa.Column("expires_at", UtcDateTime(), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(key, [f"sessions.{name}" for name in key], ondelete="CASCADE"),
        sa.UniqueConstraint("token_hash", name="uq_shares_hash"),
    )
