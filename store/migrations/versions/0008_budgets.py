"""Budgets: what was used up by whom, and the answers that are still to be paid."""

import sqlalchemy as sa
from alembic import op

from store.types import UtcDateTime

revision = "0008"
down_revision = "0007"

ID = sa.String(64)


def upgrade() -> None:
    """Messages of guests were counted for an hour, one row each; that hour begins anew."""
    op.drop_table("guest_calls")
    counted = ("messages", "tokens", "cost", "file_bytes")
    op.create_table(
        "budgets",
        sa.Column("payer", sa.String(120), primary_key=True),
        sa.Column("slot", sa.BigInteger(), primary_key=True, autoincrement=False),
        sa.Column("used_at", UtcDateTime(), nullable=False),
        *(sa.Column(name, sa.BigInteger(), nullable=False) for name in counted),
    )
    op.create_index("ix_budgets_slot", "budgets", ["slot"])
    op.create_table(
        "charges",
        sa.Column("id", ID, primary_key=True),
        sa.Column("user_id", ID, nullable=False),
        sa.Column("session_id", ID, nullable=False),
        sa.Column("message_id", sa.Integer()),
        sa.Column("role", sa.String(16), nullable=False),
        sa.Column("address", sa.String(64), nullable=False),
        sa.Column("offline", sa.Boolean(), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
    )
    op.create_index("ix_charges_answer", "charges", ["user_id", "session_id", "message_id"])
