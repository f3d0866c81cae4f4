"""Column types shared by all tables, and what stands in for a key until a query is run."""

import zlib
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import DateTime, Dialect, LargeBinary, Row, String, Text, bindparam
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement
from sqlalchemy.types import TypeDecorator, TypeEngine

from store.dialects import CLOCKS, UNPACK, keeps_zones
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


class PackedText(TypeDecorator[str]):
    """Text that is kept for moments, in few bytes; to be read as `unpacked`.

    PostgreSQL packs long texts by itself.
    """

    impl = Text
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        """Bytes where it is packed here."""
        return dialect.type_descriptor(LargeBinary() if dialect.name in UNPACK else Text())

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | bytes | None:
        """Pack it, as fast as can be."""
        if value is None or dialect.name not in UNPACK:
            return value
        return zlib.compress(value.encode(), 1)


class unpacked(FunctionElement[str]):
    """A `PackedText` as it went in."""

    type = Text()
    inherit_cache = True


class database_clock(FunctionElement[datetime]):
    """The time by the database's clock, which is one for all processes that share it."""

    type = UtcDateTime()
    inherit_cache = True


@compiles(unpacked)
def _unpacked(made: unpacked, compiler: SQLCompiler, **options: Any) -> str:
    return f"{UNPACK.get(compiler.dialect.name, '')}({compiler.process(made.clauses, **options)})"


@compiles(database_clock)
def _database_clock(_made: database_clock, compiler: SQLCompiler, **_options: Any) -> str:
    return CLOCKS[compiler.dialect.name]


def utc_now() -> datetime:
    """The current time, aware; the default clock wherever one can be injected."""
    return datetime.now(UTC)
