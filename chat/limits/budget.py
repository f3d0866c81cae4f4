"""How much each payer may use up, and when it goes on for one who has."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from chat.config import Settings
from chat.limits.payers import Payer, PayerKind
from chat.limits.words import amount, counted, wait
from store.budgets import COUNTED, DAY, HOUR, Used

WINDOWS = {"hour": HOUR, "day": DAY}
WHO: Mapping[PayerKind, str] = {
    "guest": "Guests may {verb} {what}.",
    "guest_address": "Guests may {verb} {what} from one address.",
    "guest_all": "This demo's {reason}: all its guests together may {verb} {what}.",
    "user": "You may {verb} {what}.",
    "admin": "As an administrator you may {verb} {what}.",
    "user_all": "All people here together may {verb} {what}.",
}
VERBS = {"messages": "send", "tokens": "use", "cost": "spend", "file_bytes": "send"}


@dataclass(frozen=True, slots=True)
class Cap:
    """At most so much of a unit of `Used` in an hour or a day."""

    unit: str
    window: timedelta
    most: int

    @property
    def words(self) -> str:
        """``30 messages an hour``."""
        return f"{amount(self.most, self.unit)} {'an hour' if self.window == HOUR else 'a day'}"

    def fits(self, used: Used, asked: Used) -> bool:
        """Whether there is room for this as well; of tokens and money, whether anything is left."""
        more: int = getattr(asked, self.unit)
        return not more or getattr(used, self.unit) + more <= self.most


@dataclass(frozen=True, slots=True)
class Caps:
    """All of one payer; ``answers`` is how many may be written at once."""

    caps: tuple[Cap, ...] = ()
    answers: int | None = None

    def reached(self, used: Mapping[timedelta, Used], asked: Used) -> list[Cap]:
        """Those that leave no room for this."""
        nothing = Used()
        return [cap for cap in self.caps if not cap.fits(used.get(cap.window, nothing), asked)]

    def __bool__(self) -> bool:
        return bool(self.caps) or self.answers is not None


def caps_of(settings: Settings, kind: PayerKind) -> Caps:
    """As the settings have them; what an address may is what a guest may, where nothing is said."""

    def said(name: str) -> float | None:
        found: float | None = getattr(settings, f"{kind}_{name}")
        if found is None and kind == "guest_address":
            found = getattr(settings, f"guest_{name}")
        return found

    caps = []
    for unit in COUNTED:
        for name, window in WINDOWS.items():
            most = said(f"{unit}_per_{name}")
            if most is not None:
                caps.append(Cap(unit, window, round(most * 1e6) if unit == "cost" else int(most)))
    answers = said("answers_at_once")
    return Caps(tuple(caps), None if answers is None else int(answers))


def goes_on(
    uses: Sequence[tuple[datetime, Used]], cap: Cap, asked: Used, now: datetime
) -> datetime:
    """When enough of what was used, the oldest first, will be long enough ago."""
    recent = [(at, getattr(use, cap.unit)) for at, use in uses if at > now - cap.window]
    left = sum(number for _, number in recent) + getattr(asked, cap.unit) - cap.most
    for at, number in recent:
        left -= number
        if left <= 0:
            return max(at + cap.window, now + timedelta(seconds=1))
    return now + cap.window


def refusal(payer: Payer, cap: Cap, seconds: float) -> tuple[str, str]:
    """What is said to whoever has reached it: what, and when it goes on."""
    text = _text(payer, VERBS[cap.unit], cap.words, "budget is used up")
    return text, f"Go on in {wait(seconds)}."


def too_many_at_once(payer: Payer, most: int) -> tuple[str, str]:
    """The same for answers that are being written."""
    text = _text(payer, "have", f"{counted(most, 'answer')} at once", "hands are full")
    return text, "Wait until one has ended."


def _text(payer: Payer, verb: str, what: str, reason: str) -> str:
    return WHO[payer.kind].format(verb=verb, what=what, reason=reason)
