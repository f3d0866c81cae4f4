"""The tables of what was used: sums by user, hour, model, persona and folder, and times.

Without a foreign key to chats: what is removed was used.
"""

from datetime import datetime

from sqlalchemy import BigInteger, Column, Float, Index, Integer, String
from sqlmodel import Field

from store.base import ID, Base, of_user
from store.types import UtcDateTime


def _sum() -> Column[int]:
    return Column(BigInteger, nullable=False)


class UsageRow(Base, table=True):
    """What ended in the hour that begins then; times are sums of milliseconds, with how many.

    ``asides`` are calls that wrote no answer. Of both, ``priced`` ones have a cost and ``counted``
    ones tokens that their server counted.
    """

    __tablename__ = "usage"
    __table_args__ = (of_user(), Index("ix_usage_hour", "hour"))

    user_id: str = Field(sa_column=Column(ID, primary_key=True))
    hour: datetime = Field(sa_column=Column(UtcDateTime, primary_key=True))
    model: str = Field(sa_column=Column(String(200), primary_key=True))
    persona: str = Field(sa_column=Column(String(64), primary_key=True))
    folder: str = Field(sa_column=Column(String(64), primary_key=True))
    questions: int = Field(sa_column=_sum())
    answers: int = Field(sa_column=_sum())
    errors: int = Field(sa_column=_sum())
    stopped: int = Field(sa_column=_sum())
    counted: int = Field(sa_column=_sum())
    prompt_tokens: int = Field(sa_column=_sum())
    completion_tokens: int = Field(sa_column=_sum())
    cached_tokens: int = Field(sa_column=_sum())
    priced: int = Field(sa_column=_sum())
    cost: float = Field(sa_column=Column(Float, nullable=False))
    first_tokens: int = Field(sa_column=_sum())
    first_token_ms: int = Field(sa_column=_sum())
    durations: int = Field(sa_column=_sum())
    duration_ms: int = Field(sa_column=_sum())
    asides: int = Field(sa_column=_sum())


class UsageTimeRow(Base, table=True):
    """How many answers took about as long; see `store.usage_times` for the buckets."""

    __tablename__ = "usage_times"
    __table_args__ = (of_user(), Index("ix_usage_times_hour", "hour"))

    user_id: str = Field(sa_column=Column(ID, primary_key=True))
    hour: datetime = Field(sa_column=Column(UtcDateTime, primary_key=True))
    model: str = Field(sa_column=Column(String(200), primary_key=True))
    persona: str = Field(sa_column=Column(String(64), primary_key=True))
    folder: str = Field(sa_column=Column(String(64), primary_key=True))
    bucket: int = Field(sa_column=Column(Integer, primary_key=True, autoincrement=False))
    first_tokens: int = Field(sa_column=_sum())
    durations: int = Field(sa_column=_sum())
