"""Pieces of answers that are being written: a checkpoint adds what is new, not all of it again."""

import sqlalchemy as sa
from alembic import op

from store.types import PackedText

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    """What an answer has so far stays in its row, and the next pieces follow it."""
    op.create_table(
        "answer_pieces",
        sa.Column("user_id", sa.String(length=64), nullable=False),
        sa.Column("session_id", sa.String(length=64), nullable=False),
        sa.Column("message_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("text", PackedText(), nullable=False),
        sa.PrimaryKeyConstraint("user_id", "session_id", "message_id", "number"),
        sa.ForeignKeyConstraint(
            ["user_id", "session_id", "message_id"],
            ["messages.user_id", "messages.session_id", "messages.id"],
            ondelete="CASCADE",
        ),
    )
