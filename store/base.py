"""What the tables are made of.

On a registry of their own, because a hot reload runs these modules again. All keys begin with the
owner.
"""

from sqlalchemy import JSON, Boolean, Column, ForeignKeyConstraint, String, text
from sqlalchemy.orm import registry as new_registry
from sqlmodel import SQLModel

registry = new_registry()
ID = String(64)


class Base(SQLModel, registry=registry):
    """The root of Parley's own tables."""


def json_column(empty: str = "{}", name: str | None = None) -> Column[object]:
    """JSON that is there, an object unless told otherwise."""
    return Column(name, JSON(), nullable=False, server_default=text(f"'{empty}'"))


def flag(default: str) -> Column[bool]:
    """True or false, in SQL's words."""
    return Column(Boolean, nullable=False, server_default=text(default))


def of_user() -> ForeignKeyConstraint:
    """Belongs to a user, and goes with them."""
    return ForeignKeyConstraint(["user_id"], ["users.id"], ondelete="CASCADE")


def of_session() -> ForeignKeyConstraint:
    """Belongs to a session, and goes with it."""
    key = ["user_id", "session_id"]
    return ForeignKeyConstraint(key, [f"sessions.{name}" for name in key], ondelete="CASCADE")
