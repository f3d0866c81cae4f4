"""What marks a chat in the list: an answer that nobody has seen yet, bookmarks."""

import sqlalchemy as sa
from alembic import op

from store.types import UtcDateTime

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    """Answers that ended before count as seen."""
    op.add_column("sessions", sa.Column("answered_at", UtcDateTime()))
    op.add_column("sessions", sa.Column("seen_at", UtcDateTime()))
    only = sa.text("bookmarked")
    op.create_index(
        "ix_messages_bookmarked",
        "messages",
        ["user_id", "session_id", "bookmarked"],
        sqlite_where=only,
        postgresql_where=only,
    )
