"""What was used is kept by the hour, with how long answers took and what wrote none."""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"

ID = sa.String(64)
SUMS = (
    *("questions", "answers", "errors", "stopped", "counted"),
    *("prompt_tokens", "completion_tokens", "cached_tokens", "priced", "cost"),
    *("first_tokens", "first_token_ms", "durations", "duration_ms"),
)
TIMES = ("first_tokens", "durations")
BOUNDS = tuple(round(10 * 1.25**n) for n in range(60))
NOON = {
    "sqlite": "{day} || ' 12:00:00.000000'",
    "postgresql": "(({day})::date + TIME '12:00') AT TIME ZONE 'UTC'",
}
"""Of days nothing else is known, and noon is on the same day nearly everywhere."""
DAYS = {"sqlite": "substr(m.created_at, 1, 10)", "postgresql": "(m.created_at AT TIME ZONE 'UTC')"}
BUCKET = "CASE {cases} ELSE {last} END"
FILLED = """
INSERT INTO usage_times (user_id, hour, model, persona, folder, bucket, first_tokens, durations)
SELECT user_id, hour, model, persona, folder, bucket, SUM(first_tokens), SUM(durations)
FROM ({first} UNION ALL {took}) AS timed
GROUP BY user_id, hour, model, persona, folder, bucket
"""
TIMED = """
SELECT m.user_id, {noon} AS hour, m.model, s.persona, COALESCE(s.folder, '') AS folder,
  {bucket} AS bucket, {first} AS first_tokens, {took} AS durations
FROM messages m
JOIN sessions s ON s.user_id = m.user_id AND s.session_id = m.session_id
WHERE m.role = 'assistant' AND m.status NOT IN ('queued', 'streaming') AND {column} IS NOT NULL
"""


def upgrade() -> None:
    """Times are those of the messages that are there, under their chats' personas."""
    op.execute("CREATE TABLE usage_days AS SELECT * FROM usage")
    op.drop_table("usage")
    sums = [
        sa.Column(name, sa.Float() if name == "cost" else sa.BigInteger(), nullable=False)
        for name in (*SUMS, "asides")
    ]
    _create("usage", *sums)
    bucket = sa.Column("bucket", sa.Integer(), primary_key=True, autoincrement=False)
    counts = (sa.Column(name, sa.BigInteger(), nullable=False) for name in TIMES)
    _create("usage_times", bucket, *counts)
    dialect = op.get_bind().dialect.name
    names, noon = ", ".join(SUMS), NOON[dialect].format(day="day")
    _execute(
        f"INSERT INTO usage (user_id, hour, model, persona, folder, {names}, asides)"
        f" SELECT user_id, {noon}, model, persona, folder, {names}, 0 FROM usage_days"
    )
    op.drop_table("usage_days")
    noon = NOON[dialect].format(day=DAYS[dialect])
    first, took = _timed("m.first_token_ms", noon, 1), _timed("m.processing_time_ms", noon, 0)
    _execute(FILLED.format(first=first, took=took))


def _create(name: str, *columns: sa.Column[Any]) -> None:
    op.create_table(
        name,
        sa.Column("user_id", ID, primary_key=True),
        sa.Column("hour", sa.DateTime(timezone=True), primary_key=True),
        sa.Column("model", sa.String(200), primary_key=True),
        sa.Column("persona", ID, primary_key=True),
        sa.Column("folder", ID, primary_key=True),
        *columns,
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], ondelete="CASCADE"),
    )
    op.create_index(f"ix_{name}_hour", name, ["hour"])


def _timed(column: str, noon: str, first: int) -> str:
    cases = " ".join(f"WHEN {column} <= {bound} THEN {at}" for at, bound in enumerate(BOUNDS))
    bucket = BUCKET.format(cases=cases, last=len(BOUNDS))
    return TIMED.format(noon=noon, bucket=bucket, first=first, took=1 - first, column=column)


def _execute(statement: str) -> None:
    op.execute(sa.text(statement.replace(":", "\\:")))
