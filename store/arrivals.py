"""A file's pieces on their way in: counted, or written in short transactions, many at once.

Between two of them others have their turn; what is written is whole, wherever it ends.
"""

from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Protocol

from store import bulk, personas
from store.bulk import Arrival
from store.carried import CarriedMessage, CarriedPiece, CarriedProfile, CarriedSession, Skipped
from store.database import Session
from store.errors import ParleyError, StorageUnavailable
from store.values import Allowance, OwnPersona, SessionKey

BATCH = 500
NAMED = 200
"""So many of those that were skipped are named; the others are counted."""


class Opened(Allowance, Protocol):
    """A transaction in which somebody may keep more."""

    @property
    def db(self) -> Session:
        """The transaction."""


@dataclass(slots=True)
class Tally:
    """What of a file came in, or would; ``unchanged`` was there already."""

    chats: int = 0
    total: int = 0
    added: int = 0
    unchanged: int = 0
    skipped: list[Skipped] = field(default_factory=list)
    skipped_count: int = 0

    def skip(self, where: str, why: str) -> None:
        """Name what does not come in, as long as there is room."""
        self.skipped_count += 1
        if len(self.skipped) < NAMED:
            self.skipped.append(Skipped(where[:120], why[:300]))


@dataclass(frozen=True, slots=True)
class IntakeTerms:
    """How much may come in: characters of a text; ``used_since`` is what chats are at least as new
    as, where unused ones are removed; ``model`` and ``persona`` check, or change, what is chosen.
    """

    max_chars: int = 50_000_000
    used_since: datetime | None = None
    model: Callable[[Opened, str], str] = lambda _may, model: model
    persona: Callable[[Opened, OwnPersona], OwnPersona] = lambda _may, persona: persona


def counted(
    pieces: Iterable[CarriedPiece | OwnPersona], terms: IntakeTerms = IntakeTerms()
) -> Tally:
    """What would come in, as far as the file says it."""
    count = Tally()
    for piece in pieces:
        if isinstance(piece, Skipped):
            count.skip(piece.where, piece.why)
        elif isinstance(piece, CarriedSession):
            count.chats += 1
        elif isinstance(piece, CarriedMessage):
            count.total += 1
            if len(piece.content) > terms.max_chars:
                count.skip(f"message {piece.id}", _too_long(terms))
    return count


@dataclass(slots=True)
class _Part:
    """What is next of one chat; ``ends`` with its last messages."""

    arrival: Arrival
    messages: list[CarriedMessage] = field(default_factory=list)
    results: list[CarriedProfile] = field(default_factory=list)
    ends: bool = False

    @property
    def is_only_begun(self) -> bool:
        """Whether nothing of it is known but that it comes: none is kept without its messages."""
        return not (self.ends or self.messages or self.arrival.is_there)


class Arriving:
    """Takes pieces one by one; `finish` writes what is left.

    ``opening`` begins a transaction for whoever's it is, ``noted`` is called after each and may
    raise to end it all.
    """

    def __init__(
        self,
        user_id: str,
        opening: Callable[[], AbstractContextManager[Opened]],
        terms: IntakeTerms,
        noted: Callable[[Tally], None] = lambda _: None,
    ) -> None:
        self.count = Tally()
        self._user_id = user_id
        self._opening = opening
        self._terms = terms
        self._noted = noted
        self._parts: list[_Part] = []
        self._personas: list[OwnPersona] = []
        self._waiting = 0

    def take(self, piece: CarriedPiece | OwnPersona) -> None:
        """The next one."""
        if isinstance(piece, Skipped):
            self.count.skip(piece.where, piece.why)
        elif isinstance(piece, CarriedSession):
            self._end_part()
            self.count.chats += 1
            since, last = self._terms.used_since, piece.last_activity_at
            said = replace(piece, last_activity_at=max(last, since) if since else last)
            self._parts.append(_Part(Arrival(said, SessionKey(self._user_id, said.session_id))))
            self._waiting += 10
        elif isinstance(piece, OwnPersona):
            self._personas.append(piece)
        elif self._parts and isinstance(piece, CarriedProfile):
            self._parts[-1].results.append(piece)
        elif self._parts and isinstance(piece, CarriedMessage):
            self._take_message(piece)
        if self._waiting >= BATCH:
            self.flush()

    def finish(self) -> None:
        """Write all that is left."""
        self._end_part()
        self.flush()

    def flush(self) -> None:
        """Write what waits; the last chat may go on."""
        parts, self._parts, self._waiting = self._parts, [], 0
        if parts and parts[-1].is_only_begun:
            self._parts = [parts.pop()]
        own, self._personas = self._personas, []
        if not parts and not own:
            return
        before = self.count
        before_each = [(part.arrival.added, part.arrival.unchanged) for part in parts]
        with self._opening() as may:
            for persona in own:
                self._put_persona(may, persona)
            # In one order, so that none of two who write several waits for the other.
            for part in sorted(parts, key=lambda one: one.arrival.key.session_id):
                self._write(may, part)
        for part, (added, unchanged) in zip(parts, before_each, strict=True):
            before.added += part.arrival.added - added
            before.unchanged += part.arrival.unchanged - unchanged
            for one in part.arrival.skipped:
                before.skip(one.where, one.why)
            part.arrival.skipped.clear()
        if parts and not parts[-1].ends:
            self._parts = [_Part(parts[-1].arrival), *self._parts]
        self._noted(self.count)

    def _take_message(self, piece: CarriedMessage) -> None:
        self.count.total += 1
        self._waiting += 1
        part = self._parts[-1]
        if len(piece.content) > self._terms.max_chars:
            part.arrival.skipped.append(
                Skipped(f"{part.arrival.where}, message {piece.id}", _too_long(self._terms))
            )
            part.arrival.places[piece.id] = None
            return
        self._waiting += len(piece.content) // 10_000
        part.messages.append(piece)

    def _end_part(self) -> None:
        if self._parts:
            self._parts[-1].ends = True

    def _write(self, may: Opened, part: _Part) -> None:
        arrival = part.arrival
        if arrival.is_refused:
            return
        before = arrival.added, arrival.unchanged
        try:
            with may.db.begin_nested():
                if arrival.is_there:
                    bulk.again(may.db, arrival)
                else:
                    model = self._terms.model(may, arrival.said.model)
                    arrival.said = replace(arrival.said, model=model)
                    bulk.begin(may.db, arrival, may=may)
                bulk.add(may.db, arrival, part.messages)
                if part.ends:
                    bulk.end(may.db, arrival, part.results)
        except StorageUnavailable:
            raise
        except ParleyError as error:
            arrival.is_refused = True
            arrival.added, arrival.unchanged = before
            arrival.skipped.append(Skipped(arrival.where, str(error)))

    def _put_persona(self, may: Opened, persona: OwnPersona) -> None:
        try:
            checked = self._terms.persona(may, persona)
            personas.put_back(may.db, user_id=self._user_id, persona=checked)
        except StorageUnavailable:
            raise
        except ParleyError as error:
            self.count.skip(f"persona “{persona.name[:60]}”", str(error))


def _too_long(terms: IntakeTerms) -> str:
    return f"It is longer than {terms.max_chars:,} characters."
