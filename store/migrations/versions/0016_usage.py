"""What was used by day, model, persona and folder; and what answers were written from."""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"

ID, HASH = sa.String(64), sa.String(64)
SUMS = (
    *("questions", "answers", "errors", "stopped", "counted"),
    *("prompt_tokens", "completion_tokens", "cached_tokens", "priced", "cost"),
    *("first_tokens", "first_token_ms", "durations", "duration_ms"),
)
DAYS = {
    "sqlite": "substr(m.created_at, 1, 10)",
    "postgresql": "(m.created_at AT TIME ZONE 'UTC')::date",
}
FILLED = """
INSERT INTO usage (user_id, day, model, persona, folder, {sums})
SELECT m.user_id, {day}, m.model, s.persona, COALESCE(s.folder, ''),
  SUM(CASE WHEN m.id = (
    SELECT MIN(other.id) FROM messages other
    WHERE other.user_id = m.user_id AND other.session_id = m.session_id
      AND other.parent_id = m.parent_id AND other.role = 'assistant'
  ) THEN 1 ELSE 0 END),
  COUNT(*),
  SUM(CASE WHEN m.status = 'error' THEN 1 ELSE 0 END),
  SUM(CASE WHEN m.status IN ('stopped', 'interrupted') THEN 1 ELSE 0 END),
  COUNT(m.prompt_tokens),
  COALESCE(SUM(m.prompt_tokens), 0),
  COALESCE(SUM(m.completion_tokens), 0),
  0,
  COUNT(m.cost),
  COALESCE(SUM(m.cost), 0),
  COUNT(m.first_token_ms),
  COALESCE(SUM(m.first_token_ms), 0),
  COUNT(m.processing_time_ms),
  COALESCE(SUM(m.processing_time_ms), 0)
FROM messages m
JOIN sessions s ON s.user_id = m.user_id AND s.session_id = m.session_id
WHERE m.role = 'assistant' AND m.status NOT IN ('queued', 'streaming')
GROUP BY m.user_id, {day}, m.model, s.persona, COALESCE(s.folder, '')
"""
"""From columns alone: of each answer its chat's persona, as it is by now."""


def upgrade() -> None:
    """Nothing is known of what earlier answers were written from."""
    op.add_column("messages", sa.Column("cached_tokens", sa.Integer()))
    _provenance()
    _usage()
    day = DAYS[op.get_bind().dialect.name]
    op.execute(sa.text(FILLED.format(sums=", ".join(SUMS), day=day.replace(":", "\\:"))))


def _provenance() -> None:
    empty = sa.text("'{}'")
    op.create_table(
        "provenance",
        *_place(),
        sa.Column("record", sa.JSON(), nullable=False, server_default=empty),
        _of_message(),
    )
    op.create_table(
        "sent_texts",
        sa.Column("user_id", ID, primary_key=True),
        sa.Column("hash", HASH, primary_key=True),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("escaped", sa.Boolean(), nullable=False, server_default=sa.text("false")),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], ondelete="CASCADE"),
    )
    op.create_table(
        "named_texts",
        *_place(),
        sa.Column("hash", HASH, primary_key=True),
        _of_message(),
        sa.ForeignKeyConstraint(["user_id", "hash"], ["sent_texts.user_id", "sent_texts.hash"]),
    )
    op.create_index("ix_named_texts_hash", "named_texts", ["user_id", "hash"])


def _place() -> list[sa.Column[object]]:
    return [
        sa.Column("user_id", ID, primary_key=True),
        sa.Column("session_id", ID, primary_key=True),
        sa.Column("message_id", sa.Integer(), primary_key=True, autoincrement=False),
    ]


def _of_message() -> sa.ForeignKeyConstraint:
    place = ["user_id", "session_id", "message_id"]
    theirs = ["messages.user_id", "messages.session_id", "messages.id"]
    return sa.ForeignKeyConstraint(place, theirs, ondelete="CASCADE")


def _usage() -> None:
    op.create_table(
        "usage",
        sa.Column("user_id", ID, primary_key=True),
        sa.Column("day", sa.Date(), primary_key=True),
        sa.Column("model", sa.String(200), primary_key=True),
        sa.Column("persona", sa.String(64), primary_key=True),
        sa.Column("folder", sa.String(64), primary_key=True),
        *(
            sa.Column(name, sa.Float() if name == "cost" else sa.BigInteger(), nullable=False)
            for name in SUMS
        ),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], ondelete="CASCADE"),
    )
