"""Column types shared by all tables, and what stands in for a key until a query is run."""

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import DateTime, Dialect, Row, String, bindparam
from sqlalchemy.types import TypeDecorator

from store.dialects import keeps_zones
from store.values import SessionKey

Found = Row[Any]
"""A row with whatever columns a query asked for; none leaves the store."""


class BoundKey:
    """Stands in for a `SessionKey` in queries that are put together once."""

    user_id = bindparam("user_id", type_=String)
    session_id = bindparam("session_id", type_=String)


Key = SessionKey | BoundKey


class UtcDateTime(TypeDecorator[datetime]):
    """Timezone-aware UTC in Python on every database; naive values are refused."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Convert to UTC; where no zone is kept it is stripped."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("A time without a timezone cannot be stored.")
        value = value.astimezone(UTC)
        return value if keeps_zones(dialect.name) else value.replace(tzinfo=None)

    def process_result_value(self, value: datetime | None, _dialect: Dialect) -> datetime | None:
        """Give every time its zone back."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


def utc_now() -> datetime:
    """The current time, aware; the default clock wherever one can be injected."""
    return datetime.now(UTC)
