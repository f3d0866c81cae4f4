"""What nobody paid for: the process that wrote it ended, or what waited was taken away."""

from datetime import timedelta

from chat.bill import Bill, estimated
from chat.limits.spending import Limits
from store import budgets, messages, sessions
from store.budgets import Charge
from store.database import Session
from store.errors import NotFound
from store.tree import context

ANALYSES_END = timedelta(minutes=10)


def settle_unpaid(limits: Limits) -> None:
    """Count about what it cost, and let it hold up nobody any more."""
    if not limits.active:
        return
    with limits.database.reading() as db:
        left = budgets.left(db, before=limits.now() - ANALYSES_END)
    for charge in left:
        with limits.database.transaction() as db:
            limits.settle(db, charge, _estimate(limits, db, charge))


def _estimate(limits: Limits, db: Session, charge: Charge) -> Bill:
    """From the text that is there, and what stands above it; nothing where none was written."""
    bill = Bill()
    if charge.message_id is None or charge.offline:
        return bill
    try:
        answer = messages.get(db, charge.key, message_id=charge.message_id)
    except NotFound:
        return bill
    if answer.content:
        tokens = limits.terms(charge.role).at_most(limits.settings.context_tokens)
        read = context(db, charge.key, leaf_id=answer.parent_id or 0, max_chars=tokens * 4)
        prompt = sum(len(text) for _, text in read)
        model = answer.model or sessions.get(db, charge.key).model or limits.default_model()
        into, out = limits.settings.prices.get(model, (0.0, 0.0))
        counts = estimated(prompt), estimated(len(answer.content))
        bill.add(*counts, (counts[0] * into + counts[1] * out) / 1e6)
    return bill
