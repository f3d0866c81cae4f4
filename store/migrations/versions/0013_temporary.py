"""Temporary chats, chats that were cleared, and what people prefer."""

import sqlalchemy as sa
from alembic import op

from store.types import UtcDateTime

revision = "0013"
down_revision = "0012"


def upgrade() -> None:
    """No chat is temporary or was cleared yet, and nobody prefers anything."""
    false, nothing = sa.text("false"), sa.text("'{}'")
    op.add_column(
        "sessions", sa.Column("temporary", sa.Boolean(), server_default=false, nullable=False)
    )
    op.add_column("sessions", sa.Column("cleared_at", UtcDateTime()))
    op.add_column("sessions", sa.Column("cleared", sa.JSON()))
    for name, which in (("temporary", "temporary"), ("cleared_at", "cleared_at IS NOT NULL")):
        op.create_index(
            f"ix_sessions_{name}",
            "sessions",
            [name],
            sqlite_where=sa.text(which),
            postgresql_where=sa.text(which),
        )
    op.add_column("profiles", sa.Column("deleted_at", UtcDateTime()))
    op.add_column(
        "users", sa.Column("preferences", sa.JSON(), server_default=nothing, nullable=False)
    )
