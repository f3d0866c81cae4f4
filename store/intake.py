"""What of a file comes in, or would: on which terms, and how it is counted."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import IO, Protocol

from sqlmodel import Session

from store.carried import CarriedMessage, CarriedSession, OwnPiece, Skipped
from store.carried_files import CarriedComputed, CarriedFile
from store.values import Allowance, OwnPersona

KeepFile = Callable[[CarriedFile, IO[bytes]], str]
"""Reads and keeps a file that came in, from its beginning; its id here. Raises what refuses it."""
AT_ONCE = 500
NEVER = (None, None)
NAMED = 200
"""So many of those that were skipped are named; the others are counted."""


class Opened(Allowance, Protocol):
    """A transaction in which somebody may keep more."""

    @property
    def db(self) -> Session:
        """The transaction."""


@dataclass(slots=True)
class Tally:
    """What of a file came in, or would; ``unchanged`` was there already, ``files`` are attached.

    Of ``chats`` so many are ``known``: they are there, with some of their messages or all.
    """

    chats: int = 0
    known: int = 0
    total: int = 0
    added: int = 0
    unchanged: int = 0
    files: int = 0
    skipped: list[Skipped] = field(default_factory=list)
    skipped_count: int = 0

    def skip(self, where: str, why: str) -> None:
        """Name what does not come in, as long as there is room."""
        self.skipped_count += 1
        if len(self.skipped) < NAMED:
            self.skipped.append(Skipped(where[:120], why[:300]))


@dataclass(frozen=True, slots=True)
class IntakeTerms:
    """How much may come in: characters of a text; where unused chats go, those that were last used
    before ``unused_before``, in no folder and in one, count as used at this moment; ``model`` and
    ``persona`` check, or change, what is chosen, ``prompt`` what models are to be told.
    ``counts_chats``: each is counted before the next. ``computed`` checks a result and makes what
    is shown of it. It and ``file`` are called between transactions; without them neither comes in.
    """

    max_chars: int = 50_000_000
    unused_before: tuple[datetime | None, datetime | None] = NEVER
    model: Callable[[Opened, str], str] = lambda _may, model: model
    persona: Callable[[Opened, OwnPersona], OwnPersona] = lambda _may, persona: persona
    prompt: Callable[[Opened, str], None] = lambda _may, _prompt: None
    counts_chats: bool = False
    file: KeepFile | None = None
    computed: Callable[[CarriedComputed], CarriedComputed] | None = None


def counted(
    pieces: Iterable[OwnPiece],
    terms: IntakeTerms = IntakeTerms(),
    known: Callable[[Sequence[CarriedSession]], int] = lambda _: 0,
) -> Tally:
    """What would come in, as far as the file says it; ``known`` tells how many chats are there."""
    count, chats = Tally(), list[CarriedSession]()
    for piece in pieces:
        if isinstance(piece, Skipped):
            count.skip(piece.where, piece.why)
        elif isinstance(piece, CarriedSession):
            count.chats += 1
            chats.append(replace(piece, context={}, metadata={}))
            if len(chats) >= AT_ONCE:
                count.known += known(chats)
                chats.clear()
        elif isinstance(piece, CarriedFile):
            count.files += piece.sha256 is not None
        elif isinstance(piece, CarriedMessage):
            count.total += 1
            if len(piece.content) > terms.max_chars:
                count.skip(f"message {piece.id}", too_long(terms))
    count.known += known(chats)
    return count


def too_long(terms: IntakeTerms) -> str:
    """Why a message does not come in."""
    return f"It is longer than {terms.max_chars:,} characters."
