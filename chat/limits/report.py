"""What is used up by now: for the Admin page, and for guests when there is nothing left."""

from chat.limits.budget import WINDOWS, Caps, goes_on
from chat.limits.payers import GUESTS, PEOPLE, Payer
from chat.limits.spending import ASKED, Limits
from chat.limits.words import amount, wait
from store import budgets
from store.budgets import COUNTED, DAY, Used

NAMES = {GUESTS: "All guests", PEOPLE: "All users"}


def used_by_all(limits: Limits) -> list[tuple[str, str]]:
    """Of all guests and all users together: when, and what of how much.

    Of those only who have limits, or have used up something, maybe through another process.
    """
    now = limits.now()
    with limits.database.reading() as db:
        used = budgets.used(db, [payer.key for payer in NAMES], now=now)
        writing = budgets.count_roles(db)
    rows = []
    for payer, name in NAMES.items():
        caps = limits.caps[payer.kind]
        mine = used.get(payer.key)
        if mine is None and not (caps and _counts(limits, payer)):
            continue
        for window, length in WINDOWS.items():
            row = _row(caps, window, mine[length] if mine else Used())
            rows.append((f"{name}, the last {window}", row))
        open_ = sum(n for role, n in writing.items() if (role == "guest") == (payer == GUESTS))
        of = "" if caps.answers is None else f" of {caps.answers:,}"
        rows.append((f"{name}, answers now", f"{open_:,}{of}"))
    return rows


def notice(limits: Limits, role: str) -> str:
    """What a guest is told while all guests together have nothing left; else empty."""
    caps = limits.caps[GUESTS.kind]
    if role != "guest" or not limits.settings.mode.guests or not caps.caps:
        return ""
    now = limits.now()
    with limits.database.reading() as db:
        used = budgets.used(db, [GUESTS.key], now=now).get(GUESTS.key)
        reached = caps.reached(used, ASKED) if used else []
        if not reached:
            return ""
        uses = budgets.uses(db, GUESTS.key, since=now - DAY)
    latest = max(goes_on(uses, cap, ASKED, now) for cap in reached)
    text = "This demo has been busy: what its guests may use together is used up for now."
    goes = f"It goes on in {wait((latest - now).total_seconds())}"
    if limits.settings.guest_fallback:
        return f"{text} {goes}; until then the built-in offline model answers."
    return f"{text} {goes}; your chats stay as they are."


def _counts(limits: Limits, payer: Payer) -> bool:
    return limits.settings.mode.guests == (payer == GUESTS)


def _row(caps: Caps, window: str, used: Used) -> str:
    mosts = {cap.unit: cap.most for cap in caps.caps if cap.window == WINDOWS[window]}
    parts = []
    for unit in COUNTED:
        number: int = getattr(used, unit)
        told = amount(number, unit)
        if unit in mosts:
            parts.append(f"{told.split()[0]} of {amount(mosts[unit], unit)}")
        elif number:
            parts.append(told)
    return ", ".join(parts) or "nothing"
