"""What search looks through, filled with what there is."""

import sqlalchemy as sa
from alembic import op

from store.search_index import all_keys, rebuilt
from store.search_models import DDLS

revision = "0011"
down_revision = "0010"

ID = sa.String(64)


def upgrade() -> None:
    """Messages are read a thousand at a time."""
    key = ["user_id", "session_id"]
    op.create_table(
        "search_texts",
        sa.Column(
            "id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            primary_key=True,
            autoincrement=False,
        ),
        sa.Column("user_id", ID, nullable=False),
        sa.Column("session_id", ID, nullable=False),
        sa.Column("message_id", sa.Integer()),
        sa.Column("owner", sa.String(8), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(key, [f"sessions.{name}" for name in key], ondelete="CASCADE"),
        sa.ForeignKeyConstraint(
            [*key, "message_id"], [f"messages.{name}" for name in (*key, "id")], ondelete="CASCADE"
        ),
    )
    op.create_index("uq_search_texts", "search_texts", [*key, "message_id"], unique=True)
    connection = op.get_bind()
    for statement in DDLS[connection.dialect.name]:
        op.execute(statement)
    rebuilt(connection, all_keys(connection))
