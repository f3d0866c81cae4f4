"""Answers that wait for a person to allow a tool's call, and what is allowed in a chat."""

import sqlalchemy as sa
from alembic import op

from store.types import UtcDateTime

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    """Nothing waits yet, and nothing is allowed."""
    op.add_column("sessions", _list("allowed_tools"))
    op.add_column("messages", _list("asks"))
    op.add_column("messages", sa.Column("asked_at", UtcDateTime()))
    op.add_column("messages", sa.Column("paused", sa.JSON()))


def _list(name: str) -> sa.Column[object]:
    return sa.Column(name, sa.JSON(), nullable=False, server_default=sa.text("'[]'"))
