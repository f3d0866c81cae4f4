"""The one place where all that costs is counted, whatever door it comes through.

`Limits.spending` is the transaction of every use case that costs: the store asks what it gives
before it keeps a session or the place of an answer, so none can leave it out. What an answer
really cost is added when it has ended, however it did.
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from uuid import uuid4

from chat.bill import Bill
from chat.config import Settings
from chat.errors import InvalidInput, TooMany
from chat.limits.budget import Cap, Caps, caps_of, goes_on, refusal, too_many_at_once
from chat.limits.payers import (
    GUESTS,
    KINDS,
    NOWHERE,
    Payer,
    PayerKind,
    PeerAddress,
    own_payer,
    payers_of,
    unit_of,
)
from chat.limits.terms import USUAL, Terms
from chat.limits.words import amount, counted
from store import budgets, guests, sessions
from store.budgets import DAY, HOUR, Charge, Used
from store.database import Database, Session
from store.types import utc_now
from store.values import SessionKey

BUSY_SECONDS = 10.0
ASKED = Used(messages=1, tokens=1, cost=1)
"""What a call of a model takes at least."""


@dataclass(frozen=True, slots=True)
class Spending:
    """A transaction in which somebody may use something up; an `Allowance` of the store.

    ``role`` is empty for whoever has no limits.
    """

    db: Session
    limits: "Limits"
    user_id: str
    role: str
    address: str
    now: datetime

    @property
    def is_guest(self) -> bool:
        """Whether the limits of guests count."""
        return self.role == "guest"

    def add_session(self) -> None:
        """Raise `TooMany` when a guest has as many sessions as guests may have."""
        settings = self.limits.settings
        most = settings.guest_sessions
        if self.is_guest and guests.count_sessions(self.db, user_id=self.user_id) >= most:
            raise TooMany(
                f"Guests may have {counted(most, 'chat')}, those in the trash included.",
                "Delete one for good under Manage sessions, or go on in another chat.",
                retry_after=settings.ttl_seconds or HOUR.total_seconds(),
            )

    def add_message(self, content: str) -> None:
        """Count a message that no model answers, or raise `InvalidInput` or `TooMany`."""
        if not self.role:
            return
        if self.is_guest:
            self._check_length(len(content), "message")
        payers = payers_of(self.user_id, self.role, self.address)
        keys = [payer.key for payer in payers]
        budgets.lock(self.db, keys[1:])
        self._check_used(payers, Used(messages=1))
        budgets.add(self.db, keys, Used(messages=1), now=self.now)

    def add_file(self, size: int) -> None:
        """Count a file of so many bytes that comes in, or raise `InvalidInput` or `TooMany`."""
        if not self.role or not size:
            return
        payers = payers_of(self.user_id, self.role, self.address)
        keys = [payer.key for payer in payers]
        budgets.lock(self.db, keys[1:])
        self._check_used(payers, Used(file_bytes=size))
        budgets.add(self.db, keys, Used(file_bytes=size), now=self.now)

    def ask_model(
        self,
        key: SessionKey,
        content: str = "",
        *,
        answer_id: int | None = None,
        file_bytes: int = 0,
    ) -> Charge | None:
        """Count a call of a model, or raise `InvalidInput` or `TooMany`.

        What is still to be paid for it; None of whoever has no limits.
        """
        if not self.role:
            return None
        if self.is_guest:
            self._check_length(len(content), "message")
            session = sessions.get(self.db, key)
            self.check_prompt(str(session.parameters.get("system_prompt", "")))
        payers = payers_of(self.user_id, self.role, self.address)
        budgets.lock(self.db, [payer.key for payer in payers[1:]])
        self._check_answers(key, payers)
        asked = replace(ASKED, file_bytes=file_bytes)
        offline = self._check_used(payers, asked)
        paying = [payer.key for payer in payers if not (offline and payer == GUESTS)]
        budgets.add(self.db, paying, Used(messages=1, file_bytes=file_bytes), now=self.now)
        if offline and file_bytes:
            budgets.add(self.db, [GUESTS.key], Used(file_bytes=file_bytes), now=self.now)
        charge = Charge(uuid4().hex, key, answer_id, self.role, self.address, offline, self.now)
        budgets.open_charge(self.db, charge)
        return charge

    def check_prompt(self, text: str) -> None:
        """Raise `InvalidInput` for a system prompt that is too long for a guest."""
        if self.is_guest:
            self._check_length(len(text), "system prompt")

    def check_model(self, model: str) -> None:
        """Raise `InvalidInput` for a model that is not for them."""
        terms, default = self.limits.terms(self.role), self.limits.default_model()
        if terms.allows(model, default):
            return
        names = ", ".join(terms.offered(terms.models or (default,), default))
        raise InvalidInput(
            f"Guests may not use the model {model[:80]!r}.",
            f"Use {names}." if names else "Use the default one.",
            field="model",
        )

    def _check_length(self, length: int, what: str) -> None:
        most = self.limits.settings.guest_message_max_chars
        if length > most:
            raise InvalidInput(
                f"The {what} has {length:,} characters.", f"As a guest use at most {most:,}."
            )

    def _check_answers(self, key: SessionKey, payers: tuple[Payer, ...]) -> None:
        """Raise `TooMany` where as many answers are written already as may be at once."""
        mosts = [self.limits.caps[payer.kind].answers for payer in payers]
        if not any(most is not None for most in mosts):
            return
        mine, address, role, people = budgets.count_open(
            self.db, key, role=self.role, address=self.address
        )
        counts = (mine, address, role) if self.is_guest else (mine, people)
        for payer, most, count in zip(payers, mosts, counts, strict=True):
            if most is not None and count >= most:
                raise TooMany(*too_many_at_once(payer, most), retry_after=BUSY_SECONDS)

    def _check_used(self, payers: tuple[Payer, ...], asked: Used) -> bool:
        """Raise `TooMany` where nothing is left; True: nothing but the offline model's answers."""
        used = budgets.used(self.db, [payer.key for payer in payers], now=self.now)
        reached = [
            (payer, cap)
            for payer in payers
            for cap in self.limits.caps[payer.kind].reached(used.get(payer.key, {}), asked)
        ]
        for _, cap in reached:
            if getattr(asked, cap.unit) > cap.most > 0:
                what = amount(getattr(asked, cap.unit), cap.unit)
                raise InvalidInput(f"It has {what}.", f"Use at most {cap.words}.")
        free = {GUESTS} if self.limits.settings.guest_fallback else set()
        refused = [(p, cap) for p, cap in reached if p not in free or cap.unit == "file_bytes"]
        if not refused:
            return bool(reached)
        latest = max(
            ((self._goes_on(payer, cap, asked), payer, cap) for payer, cap in refused),
            key=lambda one: one[0],
        )
        seconds = (latest[0] - self.now).total_seconds()
        raise TooMany(*refusal(latest[1], latest[2], seconds), retry_after=seconds)

    def _goes_on(self, payer: Payer, cap: Cap, asked: Used) -> datetime:
        uses = budgets.uses(self.db, payer.key, since=self.now - cap.window)
        return goes_on(uses, cap, asked, self.now)


def _unknown() -> str:
    return ""


@dataclass(eq=False)
class Limits:
    """Those of one process; ``default_model`` is the one that is asked where none is chosen."""

    settings: Settings
    database: Database
    now: Callable[[], datetime] = utc_now
    default_model: Callable[[], str] = _unknown
    caps: Mapping[PayerKind, Caps] = field(init=False)

    def __post_init__(self) -> None:
        self.caps = {kind: caps_of(self.settings, kind) for kind in KINDS}
        self._people = any(self.caps[kind] for kind in ("user", "admin", "user_all"))
        self.active = self.settings.mode.guests or self._people
        settings = self.settings
        self._guests = Terms(
            models=settings.guest_models,
            answer_tokens=settings.guest_answer_tokens,
            steps=settings.guest_agent_steps,
            context_tokens=settings.guest_context_tokens,
            mcp=settings.guest_mcp,
        )

    @contextmanager
    def spending(self, user_id: str, address: PeerAddress = NOWHERE) -> Iterator[Spending]:
        """A writing transaction in which this user may use something up.

        Who has limits is locked in it before any session is, so that whoever else spends for
        them waits; where nobody has any, nobody is looked up.
        """
        with self.database.transaction() as db:
            spending = self.spending_in(db, user_id, address)
            if spending.role:
                budgets.lock(db, [own_payer(user_id, spending.role).key])
            yield spending

    def spending_in(self, db: Session, user_id: str, address: PeerAddress = NOWHERE) -> Spending:
        """The same in a transaction that is open, for what is only looked at."""
        role = self._limited(db, user_id)
        return Spending(db, self, user_id, role, unit_of(address), self.now())

    def check_size(self, content: str) -> None:
        """Raise `InvalidInput` for a text that nobody may send at once."""
        most = self.settings.message_max_chars
        if len(content) > most:
            raise InvalidInput(
                f"The message has {len(content):,} characters.", f"Send at most {most:,} at once."
            )

    def terms(self, role: str, *, offline: bool = False) -> Terms:
        """On which terms models are asked for somebody of this role."""
        if role != "guest" or not self.settings.mode.guests:
            return USUAL
        return replace(self._guests, offline=offline)

    def charge(self, db: Session, key: SessionKey, message_id: int) -> Charge | None:
        """What is to be paid for an answer; None where nobody has limits.

        One without an id where it was let go of: the answer waited in the trash for a while.
        """
        if not self.active:
            return None
        if found := budgets.charge_of(db, key, message_id):
            return found
        role = self._limited(db, key.user_id)
        return Charge("", key, message_id, role, "", False, self.now()) if role else None

    def terms_of(self, charge: Charge | None) -> Terms:
        """On which terms what is to be paid so is written."""
        return USUAL if charge is None else self.terms(charge.role, offline=charge.offline)

    def settle(self, db: Session, charge: Charge | None, bill: Bill) -> None:
        """Count what an answer cost, once; not before the lock of its session."""
        if charge is not None and (not charge.id or budgets.close_charge(db, charge)):
            self.pay(db, charge, bill)

    def pay(self, db: Session, charge: Charge, bill: Bill) -> None:
        """Count what was used up besides an answer, for its payers."""
        used = Used(tokens=bill.tokens, cost=bill.micros)
        if used != budgets.NOTHING:
            payers = payers_of(charge.key.user_id, charge.role, charge.address)
            budgets.add(db, [payer.key for payer in payers], used, now=self.now())

    def forget(self) -> None:
        """Remove what counts for nobody any more."""
        with self.database.transaction() as db:
            budgets.forget(db, before=self.now() - DAY - timedelta(hours=1))

    def _limited(self, db: Session, user_id: str) -> str:
        """Somebody's role, if any limit is set for it."""
        role = guests.role(db, user_id=user_id) if self.active else ""
        if role == "guest":
            return role if self.settings.mode.guests else ""
        return role if self._people else ""
