"""The table of what was used: sums by user, day, model, persona and folder.

Without a foreign key to chats: what is removed was used.
"""

from datetime import date

from sqlalchemy import BigInteger, Column, Date, Float, String
from sqlmodel import Field

from store.base import ID, Base, of_user


def _sum() -> Column[int]:
    return Column(BigInteger, nullable=False)


class UsageRow(Base, table=True):
    """What ended on a day in UTC; times are sums of milliseconds, each with how many it has.

    ``priced`` answers have a cost; ``counted`` ones have tokens that their server counted.
    """

    __tablename__ = "usage"
    __table_args__ = (of_user(),)

    user_id: str = Field(sa_column=Column(ID, primary_key=True))
    day: date = Field(sa_column=Column(Date, primary_key=True))
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
