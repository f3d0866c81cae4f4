"""What was asked of models besides answers is counted where answers are."""

from datetime import datetime

from chat.bill import Bill
from store import counting
from store.database import Session
from store.usage import UsageSums
from store.values import SessionKey


def count_asides(
    db: Session, key: SessionKey, bill: Bill, *, persona: str = "", now: datetime
) -> None:
    """Count those of a bill, in the transaction that pays it."""
    counted = [
        (
            one.model,
            UsageSums(
                asides=1,
                counted=int(one.counted),
                prompt_tokens=one.prompt_tokens,
                completion_tokens=one.completion_tokens,
                cached_tokens=one.cached_tokens,
                priced=int(one.cost is not None),
                cost=one.cost or 0.0,
            ),
        )
        for one in bill.asides
    ]
    if counted:
        counting.count_asides(db, key, counted, persona=persona, now=now)
