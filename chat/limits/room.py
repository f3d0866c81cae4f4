"""How much of what tools computed somebody may keep, whatever it comes from."""

from collections.abc import Iterator
from contextlib import contextmanager

from chat.config import Settings
from chat.errors import InvalidInput
from chat.limits.spending import Spending
from store import results
from store.database import Session

MB = 1_000_000


def left(db: Session, settings: Settings, user_id: str) -> int:
    """How many bytes of them somebody may still add."""
    return settings.results_mb * MB - results.used(db, user_id=user_id)


@contextmanager
def copying(may: Spending) -> Iterator[None]:
    """Around what copies chats; raises `InvalidInput` where that is too much, and nothing stays."""
    before = left(may.db, may.limits.settings, may.user_id)
    yield
    after = left(may.db, may.limits.settings, may.user_id)
    if after < min(before, 0):
        most = may.limits.settings.results_mb
        raise InvalidInput(
            f"The tables and charts of all of your chats may have {most:,} MB together.",
            "Delete chats with tables for good that you no longer need.",
        )
