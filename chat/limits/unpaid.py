"""What nobody paid for: the process that wrote it ended, or what waited was taken away."""

from datetime import timedelta

from chat.bill import CHARS_PER_TOKEN, Bill, estimated
from chat.events import Usage
from chat.limits.spending import Limits
from chat.prices import cost_of, price_of
from store import budgets, messages, sessions
from store.budgets import Charge
from store.database import Session
from store.errors import NotFound
from store.tree import context
from store.values import Message, SessionKey

ANALYSES_END = timedelta(minutes=10)


def settle_unpaid(limits: Limits) -> None:
    """Count about what it cost, and let it hold up nobody any more."""
    if not limits.active:
        return
    with limits.database.reading() as db:
        left = budgets.left(db, before=limits.now() - ANALYSES_END)
    for charge in left:
        with limits.database.transaction(even_read_only=True) as db:
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
    written = len(answer.content) - _begun_with(db, charge.key, answer)
    if written > 0:
        tokens = limits.terms(charge.role).at_most(limits.settings.context_tokens)
        chars = tokens * CHARS_PER_TOKEN
        read = context(db, charge.key, leaf_id=answer.parent_id or 0, max_chars=chars)
        prompt = sum(len(text) for _, text in read)
        model = answer.model or sessions.get(db, charge.key).model or limits.default_model()
        counts = estimated(prompt), estimated(written)
        bill.add(*counts, cost_of(price_of(limits.settings.prices, model), Usage(*counts)))
    return bill


def _begun_with(db: Session, key: SessionKey, answer: Message) -> int:
    """How long the answer was that this one continues, which is paid already."""
    if answer.metadata.continues is None:
        return 0
    try:
        return len(messages.get(db, key, message_id=answer.metadata.continues).content)
    except NotFound:
        return 0
