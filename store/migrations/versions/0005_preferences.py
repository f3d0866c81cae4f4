"""Nobody ever set a user's preferences."""

from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    """Remove the column, which held an empty object for everybody."""
    op.drop_column("users", "preferences")
