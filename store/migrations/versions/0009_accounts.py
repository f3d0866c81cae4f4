"""Who made a code: it ends with their role."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    """Of codes from before nobody knows; see `store.codes.end_of`."""
    op.add_column("codes", sa.Column("made_by", sa.String(length=64), nullable=True))
