"""Folders with a colour and words of their own, and tags."""

from datetime import UTC, datetime
from uuid import uuid4

import sqlalchemy as sa
from alembic import op

from store.types import UtcDateTime

revision = "0012"
down_revision = "0011"

ID = sa.String(64)


def upgrade() -> None:
    """What chats had as a folder's name becomes a folder; names that look alike become one."""
    op.create_table(
        "folders",
        sa.Column("user_id", ID, primary_key=True),
        sa.Column("folder_id", ID, primary_key=True),
        sa.Column("parent_id", ID),
        sa.Column("name", sa.String(64), nullable=False),
        sa.Column("colour", sa.String(16), server_default="gray", nullable=False),
        sa.Column("system_prompt", sa.Text(), server_default="", nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], ondelete="CASCADE"),
        sa.ForeignKeyConstraint(
            ["user_id", "parent_id"], ["folders.user_id", "folders.folder_id"], name="fk_inside"
        ),
    )
    op.create_table(
        "tags",
        sa.Column("user_id", ID, primary_key=True),
        sa.Column("session_id", ID, primary_key=True),
        sa.Column("tag", sa.String(40), primary_key=True),
        sa.ForeignKeyConstraint(
            ["user_id", "session_id"],
            ["sessions.user_id", "sessions.session_id"],
            ondelete="CASCADE",
        ),
    )
    op.create_index("ix_tags_tag", "tags", ["user_id", "tag"])
    _make_folders(op.get_bind())
    only = sa.text("folder IS NOT NULL")
    op.create_index(
        "ix_sessions_folder",
        "sessions",
        ["user_id", "folder"],
        sqlite_where=only,
        postgresql_where=only,
    )


def _make_folders(connection: sa.Connection) -> None:
    user_id, folder = sa.column("user_id", sa.String), sa.column("folder", sa.String)
    sessions = sa.table("sessions", user_id, folder)
    folders = sa.table(
        "folders",
        *(sa.column(name, sa.String) for name in ("user_id", "folder_id", "name")),
        sa.column("created_at", UtcDateTime()),
    )
    named = sa.select(user_id, folder).where(folder.is_not(None)).select_from(sessions)
    made: dict[tuple[str, str], str] = {}
    for owner, said in connection.execute(named.distinct().order_by(user_id, folder)).all():
        name = " ".join(said.split()) or "Folder"
        same = owner, name.casefold()
        if same not in made:
            made[same] = uuid4().hex
            row = {"user_id": owner, "folder_id": made[same], "name": name}
            connection.execute(folders.insert().values(**row, created_at=datetime.now(UTC)))
        theirs = sessions.update().where(user_id == owner, folder == said)
        connection.execute(theirs.values(folder=made[same]))
