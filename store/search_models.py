"""The table of what search looks through: a row for each message with text, and for each title.

Rows are numbered by time, so that the newest are found first without looking at the others. What
is particular to a database hangs on the table and follows it: on SQLite an FTS5 index that keeps no
text, fed by triggers (which a cascade fires too), on PostgreSQL a ``tsvector`` with a GIN index.
"""

from sqlalchemy import (
    DDL,
    BigInteger,
    Column,
    ForeignKeyConstraint,
    Index,
    Integer,
    String,
    Text,
    event,
)
from sqlmodel import Field

from store.base import ID, Base, of_session

BESIDE = ("search_fts", "ix_search_terms", "ix_search_owner", "terms")
"""What the names of all that begin with that the model does not say."""
SQLITE_TERMS = "{row}.owner || replace({row}.words, ' ', ' ' || {row}.owner)"
# Without `columnsize`, which only its own ranking needs. Beginnings of two and three characters,
# behind an owner's six, are in many texts; so these lists are kept.
DDLS = {
    "sqlite": (
        "CREATE VIRTUAL TABLE IF NOT EXISTS search_fts "
        "USING fts5(terms, content='', columnsize=0, prefix='8 9', tokenize='ascii')",
        "CREATE TRIGGER search_texts_added AFTER INSERT ON search_texts BEGIN "
        "INSERT INTO search_fts (rowid, terms) "
        f"VALUES (new.id, {SQLITE_TERMS.format(row='new')}); END",
        "CREATE TRIGGER search_texts_removed AFTER DELETE ON search_texts BEGIN "
        "INSERT INTO search_fts (search_fts, rowid, terms) "
        f"VALUES ('delete', old.id, {SQLITE_TERMS.format(row='old')}); END",
    ),
    "postgresql": (
        "ALTER TABLE search_texts ADD COLUMN terms tsvector",
        # What is not sorted into the index yet is read by each search.
        "CREATE INDEX ix_search_terms ON search_texts USING gin (terms) "
        "WITH (gin_pending_list_limit = 256)",
        "CREATE INDEX ix_search_owner ON search_texts (user_id, id)",
        "CREATE SEQUENCE IF NOT EXISTS search_numbers",
    ),
}


class SearchRow(Base, table=True):
    """What is found of a message, or of a title where there is no ``message_id``.

    ``words`` are its folded words, and before them its session and its role; ``owner`` is put
    before each of them in the index, so that it is in no list with somebody else's.
    """

    __tablename__ = "search_texts"
    __table_args__ = (
        of_session(),
        ForeignKeyConstraint(
            ["user_id", "session_id", "message_id"],
            [f"messages.{name}" for name in ("user_id", "session_id", "id")],
            ondelete="CASCADE",
        ),
        Index("uq_search_texts", "user_id", "session_id", "message_id", unique=True),
    )

    id: int = Field(
        sa_column=Column(
            BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=False
        )
    )
    user_id: str = Field(sa_column=Column(ID, nullable=False))
    session_id: str = Field(sa_column=Column(ID, nullable=False))
    message_id: int | None = Field(sa_column=Column(Integer))
    owner: str = Field(sa_column=Column(String(8), nullable=False))
    words: str = Field(sa_column=Column(Text, nullable=False))


for _dialect, _statements in DDLS.items():
    for _statement in _statements:
        _after = DDL(_statement).execute_if(dialect=_dialect)  # type: ignore[no-untyped-call]
        event.listen(Base.metadata.tables["search_texts"], "after_create", _after)
