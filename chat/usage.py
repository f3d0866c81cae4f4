"""What was used: by day, model, persona or folder; for administrators also by user."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from chat.errors import Forbidden, InvalidInput
from chat.people.identity import Identity
from chat.personas.book import PersonaBook
from store import folders, usage
from store.database import Database, Session
from store.usage import By, UsageSums

DAYS, MOST_DAYS = 30, 366


@dataclass(frozen=True, slots=True)
class UsageLine:
    """What one day, model, persona, folder or user has; ``name`` is what people call it.

    ``cost`` is in US dollars, None where no answer has a price; ``without_price`` is how many have
    none although their tokens were counted, ``without_tokens`` how many nobody counted. Times are
    means in milliseconds.
    """

    key: str
    name: str
    messages: int
    questions: int
    answers: int
    errors: int
    stopped: int
    prompt_tokens: int
    completion_tokens: int
    cached_tokens: int
    cost: float | None
    without_price: int
    without_tokens: int
    first_token_ms: int | None
    duration_ms: int | None


@dataclass(frozen=True, slots=True)
class Usages:
    """Of one process."""

    database: Database
    personas: PersonaBook

    def by(
        self, who: Identity, user_id: str, by: By, since: date | None, until: date | None
    ) -> list[UsageLine]:
        """What this user used from one day in UTC to another, both included; the last 30 if unsaid.

        By day newest first, else the most used first. ``user`` is of everybody, and for
        administrators only: raises `Forbidden`. Raises `InvalidInput` for no or too long a time.
        """
        first, last = period(since, until, datetime.now(UTC))
        if by == "user" and not who.is_admin:
            raise Forbidden("Only administrators see what others use.", "Leave `by=user` out.")
        with self.database.reading() as db:
            whose = None if by == "user" else user_id
            found = usage.sums(db, user_id=whose, by=by, since=first, until=last)
            names = self._names(db, user_id, by, [key for key, _ in found])
        return [line(key, names.get(key, key), sums) for key, sums in found]

    def _names(self, db: Session, user_id: str, by: By, keys: Sequence[str]) -> Mapping[str, str]:
        if by == "user":
            return usage.names_of(db, keys)
        if by == "persona":
            return {one.id: one.name for one in self.personas.all_in(db, user_id=user_id)}
        if by == "folder":
            known = {one.folder_id: one.name for one in folders.listed(db, user_id=user_id)}
            return {**dict.fromkeys(keys, "Removed folder"), **known, "": "No folder"}
        return {"": "Unknown" if by == "model" else ""}


def period(since: date | None, until: date | None, now: datetime) -> tuple[date, date]:
    """The days that are meant; raises `InvalidInput`."""
    try:
        last = until or max(now.astimezone(UTC).date(), since or date.min)
        first = since or last - timedelta(days=DAYS - 1)
    except OverflowError:
        raise InvalidInput("There are no such days.", "Use a later `until`.") from None
    if first > last:
        raise InvalidInput("The time ends before it begins.", "Let `since` be before `until`.")
    if (last - first).days >= MOST_DAYS:
        raise InvalidInput(
            f"The time has {(last - first).days + 1:,} days.", f"Ask for {MOST_DAYS} at most."
        )
    return first, last


def line(key: str, name: str, sums: UsageSums) -> UsageLine:
    """One for people, of sums."""
    return UsageLine(
        key,
        name,
        sums.questions + sums.answers,
        sums.questions,
        sums.answers,
        sums.errors,
        sums.stopped,
        sums.prompt_tokens,
        sums.completion_tokens,
        sums.cached_tokens,
        sums.cost if sums.priced else None,
        max(sums.counted - sums.priced, 0),
        max(sums.answers - sums.counted, 0),
        _mean(sums.first_token_ms, sums.first_tokens),
        _mean(sums.duration_ms, sums.durations),
    )


def total(lines: Sequence[UsageLine]) -> UsageLine:
    """All of them together; of times means over their answers."""
    costs = [one.cost for one in lines if one.cost is not None]

    def added(name: str) -> int:
        return sum(getattr(one, name) for one in lines)

    def mean(name: str) -> int | None:
        known = [one for one in lines if getattr(one, name) is not None]
        weights = sum(one.answers for one in known)
        return _mean(sum(getattr(one, name) * one.answers for one in known), weights)

    counted = UsageLine.__dataclass_fields__
    whole = {name: added(name) for name in counted if counted[name].type is int}
    return UsageLine(
        key="",
        name="All",
        cost=sum(costs) if costs else None,
        first_token_ms=mean("first_token_ms"),
        duration_ms=mean("duration_ms"),
        **whole,
    )


def _mean(whole: int, count: int) -> int | None:
    return round(whole / count) if count else None
