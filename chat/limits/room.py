"""How much of what tools computed somebody may keep, whatever it comes from."""

from collections.abc import Iterator
from contextlib import contextmanager

from chat.config import Settings
from chat.errors import InvalidInput
from chat.limits.spending import Spending
from store import results, users
from store.database import Session

MB = 1_000_000


def most(settings: Settings, db: Session, user_id: str) -> int:
    """How many bytes of them somebody may have; a guest as of files, if that is less."""
    megabytes = settings.results_mb
    if users.get(db, user_id=user_id).role == "guest":
        megabytes = min(megabytes, settings.guest_files_mb)
    return megabytes * MB


def left(db: Session, settings: Settings, user_id: str) -> int:
    """How many bytes of them somebody may still add."""
    return most(settings, db, user_id) - results.used(db, user_id=user_id)


@contextmanager
def copying(may: Spending) -> Iterator[None]:
    """Around what copies chats; raises `InvalidInput` where that is too much, and nothing stays."""
    before = left(may.db, may.limits.settings, may.user_id)
    yield
    after = left(may.db, may.limits.settings, may.user_id)
    if after < min(before, 0):
        megabytes = most(may.limits.settings, may.db, may.user_id) // MB
        raise InvalidInput(
            f"The tables and charts of all of your chats may have {megabytes:,} MB together.",
            "Delete chats with tables for good that you no longer need.",
        )
