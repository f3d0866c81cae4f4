"""What was used: by day, model, persona or folder; for administrators also by user."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, tzinfo

from chat.errors import Forbidden, InvalidInput
from chat.people.identity import Identity
from chat.personas.book import PersonaBook
from store import folders, usage
from store.database import Database, Session
from store.usage import By, Days, UsageOf, UsageSums
from store.usage_times import NO_TIMES, shortest

DAYS, MOST_DAYS = 30, 366
MEDIAN, MOST_OF_THEM = 0.5, 0.95


@dataclass(frozen=True, slots=True)
class UsageLine:
    """What one day, model, persona, folder or user has; ``name`` is what people call it.

    ``asides`` are calls that wrote no answer, for titles and in analyses; tokens and cost are
    theirs too. ``cost`` is in US dollars, None where nothing has a price; ``without_price`` is how
    many have none although their tokens were counted, ``without_tokens`` how many nobody counted.
    Times are in milliseconds: means, medians, and within which 95 of 100 were over.
    """

    key: str
    name: str
    messages: int
    questions: int
    answers: int
    errors: int
    stopped: int
    asides: int
    prompt_tokens: int
    completion_tokens: int
    cached_tokens: int
    cost: float | None
    without_price: int
    without_tokens: int
    first_token_ms: int | None
    first_token_median_ms: int | None
    first_token_p95_ms: int | None
    duration_ms: int | None
    duration_median_ms: int | None
    duration_p95_ms: int | None


@dataclass(frozen=True, slots=True)
class Usages:
    """Of one process."""

    database: Database
    personas: PersonaBook

    def by(
        self,
        who: Identity,
        user_id: str,
        by: By,
        since: date | None,
        until: date | None,
        zone: tzinfo = UTC,
    ) -> list[UsageLine]:
        """What this user used from one day to another, both included; the last 30 if unsaid.

        By day newest first, else the most used first. ``user`` is of everybody, and for
        administrators only: raises `Forbidden`. Raises `InvalidInput` for no or too long a time.
        """
        days = _allowed(who, by, since, until, zone)
        with self.database.reading() as db:
            return self._lines(db, user_id, by, _used(db, user_id, by, by, days))

    def report(
        self,
        who: Identity,
        user_id: str,
        by: By,
        since: date | None,
        until: date | None,
        zone: tzinfo = UTC,
    ) -> tuple[list[UsageLine], UsageLine]:
        """The same, and all of it together, also what has no line of its own any more."""
        days = _allowed(who, by, since, until, zone)
        with self.database.reading() as db:
            found = _used(db, user_id, by, by, days)
            each = found if by == "day" else _used(db, user_id, by, "day", days)
            return self._lines(db, user_id, by, found), total(each)

    def _lines(
        self, db: Session, user_id: str, by: By, found: Sequence[UsageOf]
    ) -> list[UsageLine]:
        names = self._names(db, user_id, by, [one.key for one in found])
        return [line(one, names.get(one.key, one.key)) for one in found]

    def _names(self, db: Session, user_id: str, by: By, keys: Sequence[str]) -> Mapping[str, str]:
        if by == "user":
            return usage.names_of(db, keys)
        if by == "persona":
            return {one.id: one.name for one in self.personas.all_in(db, user_id=user_id)}
        if by == "folder":
            known = {one.folder_id: one.name for one in folders.listed(db, user_id=user_id)}
            return {**dict.fromkeys(keys, "Removed folder"), **known, "": "No folder"}
        return {"": "Unknown" if by == "model" else ""}


def _allowed(who: Identity, by: By, since: date | None, until: date | None, zone: tzinfo) -> Days:
    days = period(since, until, datetime.now(UTC), zone)
    if by == "user" and not who.is_admin:
        raise Forbidden("Only administrators see what others use.", "Leave `by=user` out.")
    return days


def _used(db: Session, user_id: str, by: By, lines: By, days: Days) -> list[UsageOf]:
    """Of everybody where it is by user."""
    return usage.used(db, user_id=None if by == "user" else user_id, by=lines, days=days)


def period(since: date | None, until: date | None, now: datetime, zone: tzinfo) -> Days:
    """The days that are meant; raises `InvalidInput`."""
    try:
        last = until or max(now.astimezone(zone).date(), since or date.min)
        first = since or last - timedelta(days=DAYS - 1)
        days = Days(first, last, zone)
        begin, end = days.begin, days.end
    except OverflowError:
        raise InvalidInput("There are no such days.", "Use other ones.") from None
    if begin >= end:
        raise InvalidInput("The time ends before it begins.", "Let `since` be before `until`.")
    if (last - first).days >= MOST_DAYS:
        raise InvalidInput(
            f"The time has {(last - first).days + 1:,} days.", f"Ask for {MOST_DAYS} at most."
        )
    return days


def line(one: UsageOf, name: str) -> UsageLine:
    """One for people."""
    sums, first, took = one.sums, one.times.first_token, one.times.duration
    return UsageLine(
        key=one.key,
        name=name,
        messages=sums.questions + sums.answers,
        questions=sums.questions,
        answers=sums.answers,
        errors=sums.errors,
        stopped=sums.stopped,
        asides=sums.asides,
        prompt_tokens=sums.prompt_tokens,
        completion_tokens=sums.completion_tokens,
        cached_tokens=sums.cached_tokens,
        cost=sums.cost if sums.priced else None,
        without_price=max(sums.counted - sums.priced, 0),
        without_tokens=max(sums.answers + sums.asides - sums.counted, 0),
        first_token_ms=_mean(sums.first_token_ms, sums.first_tokens),
        first_token_median_ms=shortest(first, MEDIAN),
        first_token_p95_ms=shortest(first, MOST_OF_THEM),
        duration_ms=_mean(sums.duration_ms, sums.durations),
        duration_median_ms=shortest(took, MEDIAN),
        duration_p95_ms=shortest(took, MOST_OF_THEM),
    )


def total(found: Sequence[UsageOf]) -> UsageLine:
    """All of them together."""
    sums = sum((one.sums for one in found), UsageSums())
    times = sum((one.times for one in found), NO_TIMES)
    return line(UsageOf("", sums, times), "All")


def _mean(whole: int, count: int) -> int | None:
    return round(whole / count) if count else None
