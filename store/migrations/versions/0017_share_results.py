"""Analysis results as snapshots of chats show them."""

import sqlalchemy as sa
from alembic import op

from store.types import UtcDateTime

revision = "0017"
down_revision = "0016"

ID = sa.String(64)
IS_SHOWN = {
    "sqlite": "json_extract(s.include, '$.profiles') = 1",
    "postgresql": "s.include ->> 'profiles' = 'true'",
}
FILLED = """
INSERT INTO share_results (user_id, session_id, share_id, source, handle, result, created_at)
SELECT s.user_id, s.session_id, s.id, p.source, p.handle, p.result, p.created_at
FROM shares s
JOIN profiles p ON p.user_id = s.user_id AND p.session_id = s.session_id
WHERE s.mode = 'snapshot' AND p.deleted_at IS NULL AND p.created_at <= s.created_at AND {shown}
"""


def upgrade() -> None:
    """Those there are have what they still show."""
    place = ["user_id", "session_id", "share_id"]
    op.create_table(
        "share_results",
        *(sa.Column(name, ID, primary_key=True) for name in place),
        sa.Column("source", sa.String(32), primary_key=True),
        sa.Column("handle", sa.String(200), primary_key=True),
        sa.Column("result", sa.JSON(), nullable=False, server_default=sa.text("'{}'")),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            place,
            ["shares.user_id", "shares.session_id", "shares.id"],
            ondelete="CASCADE",
            onupdate="CASCADE",
        ),
    )
    shown = IS_SHOWN[op.get_bind().dialect.name]
    op.execute(sa.text(FILLED.format(shown=shown)))
