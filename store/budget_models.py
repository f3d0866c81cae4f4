"""The tables of what may be used up: counters, and the answers that are still to be paid.

Without foreign keys: who removes a chat, or goes, has used up what they have used up.
"""

from datetime import datetime

from sqlalchemy import BigInteger, Boolean, Column, Index, Integer, String
from sqlmodel import Field

from store.base import ID, Base
from store.types import UtcDateTime


def _counter() -> Column[int]:
    return Column(BigInteger, nullable=False)


class BudgetRow(Base, table=True):
    """What a payer used up in a few minutes; ``cost`` is in millionths of a dollar.

    ``used_at`` is the last time: an hour or a day later nothing of it counts any more.
    """

    __tablename__ = "budgets"
    __table_args__ = (Index("ix_budgets_slot", "slot"),)

    payer: str = Field(sa_column=Column(String(120), primary_key=True))
    slot: int = Field(sa_column=Column(BigInteger, primary_key=True, autoincrement=False))
    used_at: datetime = Field(sa_column=Column(UtcDateTime, nullable=False))
    messages: int = Field(sa_column=_counter())
    tokens: int = Field(sa_column=_counter())
    cost: int = Field(sa_column=_counter())
    file_bytes: int = Field(sa_column=_counter())


class ChargeRow(Base, table=True):
    """An answer, or an analysis without ``message_id``, whose tokens are not counted yet."""

    __tablename__ = "charges"
    __table_args__ = (Index("ix_charges_answer", "user_id", "session_id", "message_id"),)

    id: str = Field(sa_column=Column(ID, primary_key=True))
    user_id: str = Field(sa_column=Column(ID, nullable=False))
    session_id: str = Field(sa_column=Column(ID, nullable=False))
    message_id: int | None = Field(sa_column=Column(Integer))
    role: str = Field(sa_column=Column(String(16), nullable=False))
    address: str = Field(sa_column=Column(String(64), nullable=False))
    offline: bool = Field(sa_column=Column(Boolean, nullable=False))
    created_at: datetime = Field(sa_column=Column(UtcDateTime, nullable=False))
